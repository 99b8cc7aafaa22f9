# Write classes.json: maximum likelihood of models of several classes, by R 4.2 with MASS and nnet.
#
# Run `Rscript tests/references/make_classes.R`. Tolerances are as tight as the optimisers take, so
# that what they stop short of is far below a hundred-thousandth of a standard error. Coefficients
# of polr come first, then cutpoints; those of multinom are by class, intercept first.

library(MASS)
library(nnet)
library(jsonlite)

tight <- list(reltol = 1e-16, maxit = 5000)
out <- list()

# polr finds no start of its own for some links; that of the logit serves all.
start <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing)
start <- c(start$coefficients, start$zeta) / 2
# Not "cauchit": polr puts the outermost boundaries at -100 and 100 instead of at infinity, and the
# Cauchy distribution has 0.3 % beyond each, so that its deviance is 21 too high.
for (method in c("logistic", "probit", "loglog", "cloglog")) {
  fit <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, method = method,
              Hess = TRUE, control = tight, start = start)
  # Once more from where it stopped.
  fit <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, method = method,
              Hess = TRUE, control = tight, start = c(fit$coefficients, fit$zeta))
  out[[paste("polr", method)]] <- list(
    estimate = unname(c(fit$coefficients, fit$zeta)),
    se = unname(sqrt(diag(vcov(fit)))),
    deviance = fit$deviance,
    terms = c(names(fit$coefficients), names(fit$zeta)))
}

fit <- multinom(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, Hess = TRUE,
                trace = FALSE, reltol = 1e-16, abstol = 1e-16, maxit = 5000)
out[["multinom"]] <- list(
  estimate = unname(c(t(coef(fit)))), se = unname(sqrt(diag(vcov(fit)))),
  deviance = deviance(fit), terms = colnames(coef(fit)))

hours <- c(0.50, 0.75, 1.00, 1.25, 1.50, 1.75, 1.75, 2.00, 2.25, 2.50, 2.75, 3.00, 3.25, 3.50,
           4.00, 4.25, 4.50, 4.75, 5.00, 5.50)
pass <- c(0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1)
for (link in c("logit", "probit", "cloglog", "cauchit")) {
  fit <- glm(pass ~ hours, family = binomial(link), control = list(epsilon = 1e-16, maxit = 200))
  # glm's standard errors are from the expected information.
  out[[paste("glm", link)]] <- list(
    estimate = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))), deviance = deviance(fit))
}

out$version <- paste(R.version.string, "MASS", packageVersion("MASS"), "nnet", packageVersion("nnet"))
arguments <- commandArgs(FALSE)
here <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
write(toJSON(out, digits = 15, auto_unbox = TRUE, pretty = TRUE), file.path(here, "classes.json"))
