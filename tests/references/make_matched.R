# Write matched.json: conditional logistic regression by R 4.2 with survival.
#
# Run `Rscript tests/references/make_matched.R`. The data are R's infert (one case with two others,
# and the same women in the coarser sets pooled.stratum, several cases each), and survival's
# retinopathy (patients with two eyes; and all eyes of one risk score as a set) and logan (a man's
# occupation against the four he does not have).

library(survival)
library(jsonlite)

tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
fitted <- function(formula, data) {
  fit <- clogit(formula, data, method = "exact", control = tight)
  list(terms = names(coef(fit)), estimate = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))),
       log_likelihood = fit$loglik[2])
}

out <- list()
out$infert <- fitted(case ~ spontaneous + induced + strata(stratum), infert)
out$pooled <- fitted(case ~ spontaneous + induced + strata(pooled.stratum), infert)
out$offset <- fitted(case ~ spontaneous + offset(0.5 * induced) + strata(pooled.stratum), infert)
out$eyes <- fitted(status ~ trt + risk + strata(id), retinopathy)
out$risks <- fitted(status ~ trt + age + type + strata(risk), retinopathy)

men <- nrow(logan)
long <- logan[rep(1:men, 5), ]
long$id <- rep(1:men, 5)
long$own <- factor(rep(levels(logan$occupation), each = men), levels(logan$occupation))
long$case <- as.numeric(long$occupation == long$own)
# Schooling against that of professionals: of all five slopes one would not be known.
for (level in levels(logan$occupation)[1:4])
  long[[paste0("school_", level)]] <- (long$own == level) * long$education
out$logan <- fitted(case ~ own + school_farm + school_operatives + school_craftsmen +
                      school_sales + strata(id), long)

out$data <- list(
  pooled = infert$pooled.stratum,
  retinopathy = retinopathy[c("id", "trt", "age", "type", "risk", "status")],
  logan = logan[c("occupation", "education")])
out$version <- paste(R.version.string, "survival", packageVersion("survival"))
arguments <- commandArgs(FALSE)
here <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
write(toJSON(out, digits = 15, auto_unbox = TRUE, dataframe = "columns"),
      file.path(here, "matched.json"))
