# Tables with groups and their maximum likelihood estimates: Rscript tests/references/make_grouped.R
#
# cbpp: a disease of cattle in herds (Lesnoff et al. 2004), from R's package lme4.
# seeds: germination on plates (Crowder 1978, doi:10.2307/2346223), written out here.
# bacteria: children with otitis (Menon et al. 2002), from R's package MASS.
# toenail: an infection at visits of patients (De Backer et al. 1998), from R's package HSAUR3.
# contraception: women in districts of Bangladesh (1988 survey), from R's package mlmRev.
# verbagg: verbal aggression of persons at items (Vansteelandt 2000), from R's package lme4.
# guimmun: children of mothers in communities of Guatemala (1987 survey), from R's package mlmRev.
# surgical: operations of infants in hospitals (Spiegelhalter et al. 1996), written out here.
# Writes the tables and grouped.json beside this script: Laplace's approximation by glmmTMB, and 25
# points of quadrature by lme4 where there is one effect. lme4 lays the points around conditional modes
# that its default tolPwrss = 1e-7 leaves unfinished: on toenail that moves the log-likelihood of 25
# points by 1.1e-4 and its maximum with it, so they are finished here; "by_default" is what it prints.
suppressMessages({library(lme4); library(glmmTMB); library(jsonlite)})
here <- "tests/references"
out <- function(d, name) write.csv(d, file.path(here, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
data(cbpp, package = "lme4")
herds <- data.frame(y = cbpp$incidence, n = cbpp$size, period = paste0("p", cbpp$period), herd = paste0("h", cbpp$herd))
data(bacteria, package = "MASS")
children <- data.frame(y = as.integer(bacteria$y == "y"), late = as.integer(bacteria$week > 2), trt = gsub("\\+", "_plus", as.character(bacteria$trt)), id = as.character(bacteria$ID))
data(toenail, package = "HSAUR3")
nails <- data.frame(y = as.integer(toenail$outcome != "none or mild"), trt = as.integer(toenail$treatment == "terbinafine"), time = signif(toenail$time, 10), id = paste0("p", toenail$patientID))
data(Contraception, package = "mlmRev")
C <- Contraception
women <- data.frame(y = as.integer(C$use == "Y"), age = C$age, livch = gsub("\\+", "", paste0("c", C$livch)), urban = as.integer(C$urban == "Y"), district = paste0("d", C$district))
plates <- data.frame(
  y = c(10,23,23,26,17,5,53,55,32,46,10,8,10,8,23,0,3,22,15,32,3),
  n = c(39,62,81,51,39,6,74,72,51,79,13,16,30,28,45,4,12,41,30,51,7),
  x1 = rep(0:1, c(11, 10)), x2 = c(0,0,0,0,0,1,1,1,1,1,1,0,0,0,0,0,1,1,1,1,1), plate = paste0("s", 1:21))
hospitals <- data.frame(y = c(0,18,8,46,8,13,9,31,14,8,29,24), n = c(47,148,119,810,211,196,148,215,207,97,256,360), h = paste0("h", 0:11))
data(VerbAgg, package = "lme4")
items <- with(VerbAgg, data.frame(y = as.integer(r2 == "Y"), resp = as.integer(resp) - 1L, anger = Anger, gender = Gender, btype = btype, situ = situ, id = as.integer(id), item = as.integer(item)))
data(guImmun, package = "mlmRev")
G <- guImmun
mothers <- data.frame(y = as.integer(G$immun == "Y"), kid2p = as.integer(G$kid2p == "Y"), mom_ed = G$momEd, hus_ed = G$husEd, rural = as.integer(G$rural == "Y"), indigenous = signif(G$pcInd81, 10), mom25p = as.integer(G$mom25p == "Y"), order = paste0("o", G$ord), ethn = G$ethn, mom_work = as.integer(G$momWork == "Y"), mom = as.integer(as.character(G$mom)), comm = as.integer(as.character(G$comm)))
models <- list(
  cbpp = list(herds, cbind(y, n - y) ~ period + (1 | herd)),
  seeds = list(plates, cbind(y, n - y) ~ x1 * x2 + (1 | plate)),
  bacteria = list(children, y ~ trt + late + (1 | id)),
  toenail = list(nails, y ~ trt * time + (1 | id)),
  contraception = list(women, y ~ age + I(age^2) + urban + livch + (1 + urban | district)),
  surgical = list(hospitals, cbind(y, n - y) ~ 1 + (1 | h)),
  verbagg = list(items, y ~ anger + gender + btype + situ + (1 | id) + (1 | item)),
  guimmun = list(mothers, y ~ kid2p + mom_ed + hus_ed + rural + indigenous + (1 | mom) + (1 | comm)))
found <- list()
for (name in names(models)) {
  d <- models[[name]][[1]]; f <- models[[name]][[2]]
  out(d, name)
  m <- glmmTMB(f, d, family = binomial)
  v <- VarCorr(m)$cond[[1]]
  sds <- unlist(lapply(VarCorr(m)$cond, attr, "stddev"))
  found[[name]] <- list(beta = unname(fixef(m)$cond), sd = unname(sds), log_likelihood = as.numeric(logLik(m)))
  if (nrow(v) > 1) found[[name]]$correlation <- attr(v, "correlation")[1, 2]
  if (name %in% c("cbpp", "seeds", "bacteria", "toenail")) {
    for (tol in c(1e-12, 1e-7)) {
      end <- list(rhoend = 1e-9, maxfun = 1e5)
      q <- glmer(f, d, family = binomial, nAGQ = 25, control = glmerControl(optimizer = "bobyqa", tolPwrss = tol, optCtrl = end))
      row <- list(beta = unname(fixef(q)), sd = unname(attr(VarCorr(q)[[1]], "stddev")), log_likelihood = as.numeric(logLik(q)))
      found[[name]][[if (tol < 1e-7) "quadrature" else "by_default"]] <- row
    }
  }
}
write(toJSON(found, digits = 10, auto_unbox = TRUE, pretty = TRUE), file.path(here, "grouped.json"))
