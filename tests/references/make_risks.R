# Write risks.json: binomial models with the log and the identity link by glm of R 4.2.
#
# Run `Rscript tests/references/make_risks.R`. The data are the breast cancer survival table of
# Newman (2001), Biostatistical Methods in Epidemiology, as in Greenland (2004, Am. J. Epidemiol.
# 160, 301-305), whose log-binomial risk ratios Spiegelman and Hertzmark print (2005, Am. J.
# Epidemiol. 162, 199-200): 1.5583 (1.0487, 2.3155) for the receptor level, 2.5382 (1.1734, 5.4903)
# and 5.8680 (2.7458, 12.5406) for stages 2 and 3; and the babies of MASS::birthwt.

library(jsonlite)
library(MASS)

cancer <- data.frame(
  stage = factor(rep(1:3, each = 2)), low = rep(c(1, 0), 3),
  dead = c(2, 5, 9, 17, 12, 9), n = c(12, 55, 22, 74, 14, 15)
)
tight <- glm.control(epsilon = 1e-14, maxit = 200)
fitted <- function(formula, data, link, start) {
  fit <- glm(formula, binomial(link), data, start = start, control = tight)
  stopifnot(fit$converged, !fit$boundary)
  list(terms = names(coef(fit)), estimate = unname(coef(fit)),
       se = unname(sqrt(diag(vcov(fit)))), log_likelihood = as.numeric(logLik(fit)))
}
out <- list(cancer = cancer)
model <- cbind(dead, n - dead) ~ low + stage
out$cancer_log <- fitted(model, cancer, "log", c(-2, 0, 0, 0))
out$cancer_identity <- fitted(model, cancer, "identity", c(0.3, 0, 0, 0))
babies <- low ~ smoke + I(race == 3) + I(race == 1)
out$babies_log <- fitted(babies, birthwt, "log", c(-1.5, 0, 0, 0))
out$babies_identity <- fitted(babies, birthwt, "identity", c(0.3, 0, 0, 0))
write_json(out, "tests/references/risks.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
