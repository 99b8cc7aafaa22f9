# Write matched_posteriors.json: posteriors of matched sets, by R 4.2 with rstanarm 2.21.
#
# Run `Rscript tests/references/make_matched_posteriors.R`; it takes a minute or two. The prior of
# each coefficient is Normal(0, 1.5) as it stands, not scaled by the predictors. stan_clogit wants
# the rows of a stratum together.

library(rstanarm)
library(jsonlite)

posterior <- function(strata) {
  infert$set <- infert[[strata]]
  fit <- stan_clogit(case ~ spontaneous + induced, strata = set, data = infert[order(infert$set), ],
                     prior = normal(0, 1.5, autoscale = FALSE), chains = 4, iter = 11000,
                     warmup = 1000, seed = 1, refresh = 0, cores = 1)
  found <- summary(fit, digits = 10)[c("spontaneous", "induced"), ]
  list(mean = unname(found[, "mean"]), mcse = unname(found[, "mcse"]), sd = unname(found[, "sd"]),
       rhat = unname(found[, "Rhat"]))
}

out <- list(infert = posterior("stratum"), pooled = posterior("pooled.stratum"))
out$version <- paste(R.version.string, "rstanarm", packageVersion("rstanarm"))
arguments <- commandArgs(FALSE)
here <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
write(toJSON(out, digits = 10, auto_unbox = TRUE, pretty = TRUE),
      file.path(here, "matched_posteriors.json"))
