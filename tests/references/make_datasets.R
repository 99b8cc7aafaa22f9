# Tables of bayeslogit/datasets that R ships: Rscript tests/references/make_datasets.R
#
# Columns get names that a reader understands, codes get words; no value is changed. Sources are in
# bayeslogit/datasets/catalogue.py. Needs R's packages MASS, vcd, ordinal, mlmRev and AER.
suppressMessages({library(MASS); library(vcd); library(ordinal); library(mlmRev); library(AER)})
out <- function(d, name)
  write.csv(d, file.path("bayeslogit/datasets", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
yes <- function(x) as.integer(x == "yes")

data(SpaceShuttle)
S <- SpaceShuttle[!is.na(SpaceShuttle$nFailures), ]
out(data.frame(flight = S$FlightNumber, temperature = S$Temperature, pressure = S$Pressure, damaged = S$nFailures, joints = 6), "orings")

B <- birthwt
out(data.frame(
  low = B$low, age = B$age, weight = B$lwt, race = c("white", "black", "other")[B$race],
  smoker = B$smoke, premature = B$ptl, hypertension = B$ht, irritability = B$ui, visits = B$ftv,
  grams = B$bwt), "birthweight")

data(wine)
out(data.frame(rating = wine$rating, temperature = wine$temp, contact = wine$contact, bottle = wine$bottle, judge = wine$judge), "wine")

out(infert[, c("stratum", "case", "age", "parity", "induced", "spontaneous")], "infert")

data(Chem97)
C <- droplevels(Chem97[Chem97$lea %in% 1:6, ])  # the first six of 131 local authorities
out(data.frame(
  authority = C$lea, school = C$school, sex = c(M = "boy", F = "girl")[as.character(C$gender)],
  gcse = round(C$gcsescore, 3), grade = c("F", "E", "D", "C", "B", "A")[C$score / 2 + 1]), "chemistry")

data(HMDA)
out(with(HMDA, data.frame(
  denied = yes(deny), payment_ratio = round(pirat, 3), loan_ratio = round(lvrat, 3), credit = chist,
  record = yes(phist), self_employed = yes(selfemp), single = yes(single), black = yes(afam))), "mortgages")

data(PSID1976)
out(with(PSID1976, data.frame(
  works = yes(participation), children_to_5 = youngkids, children_from_6 = oldkids, age = age,
  schooling = education, experience = experience,
  other_income = round((fincome - wage * hours) / 1000, 2))), "labour")

U <- as.data.frame(UCBAdmissions)
applied <- aggregate(Freq ~ Gender + Dept, U, sum)
admitted <- U[U$Admit == "Admitted", ]
key <- function(d) paste(d$Gender, d$Dept)
out(data.frame(
  department = applied$Dept, sex = tolower(applied$Gender),
  admitted = admitted$Freq[match(key(applied), key(admitted))], applicants = applied$Freq), "admissions")
