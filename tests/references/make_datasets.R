# Tables of bayeslogit/datasets that R ships: Rscript tests/references/make_datasets.R
#
# Columns get names that a reader understands, codes get words; no value is changed. Sources are in
# bayeslogit/datasets/catalogue.py. Needs R's packages MASS, vcd, ordinal, nlme and AER.
suppressMessages({library(MASS); library(vcd); library(ordinal); library(nlme); library(AER)})
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

data(MathAchieve); data(MathAchSchool)
M <- as.data.frame(MathAchieve)
M$School <- as.character(M$School)
M$Sector <- MathAchSchool$Sector[match(M$School, as.character(MathAchSchool$School))]
M$top <- as.integer(M$MathAch > quantile(M$MathAch, 0.75))  # of all 7185 students
M <- M[M$School %in% unique(M$School)[1:30], ]  # the first 30 of 160 schools
out(data.frame(
  school = M$School, sector = tolower(as.character(M$Sector)), sex = tolower(as.character(M$Sex)),
  minority = as.integer(M$Minority == "Yes"), status = M$SES, top = M$top), "schools")

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
