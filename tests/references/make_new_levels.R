# Write new_levels.json: predictions averaged over the levels of a factor, by emmeans.
#
# Run `Rscript tests/references/make_new_levels.R`. R 4.2 with emmeans 1.8 and MASS; maximum
# likelihood of birthweight.csv (MASS's birthwt) and of MASS's housing. Proportional weights are
# as often as the levels occur in the table that was fitted, on the scale of the linear predictor.

library(emmeans)
library(MASS)
library(jsonlite)

table <- birthwt
table$race <- c("white", "black", "other")[table$race]
fit <- glm(low ~ age + race * smoke, family = binomial, data = table,
           control = glm.control(epsilon = 1e-14, maxit = 100))
out <- list()
# Shares of race in the table, not within smokers.
shares <- as.numeric(table(table$race)) / nrow(table)
every <- emmeans(fit, ~ race | smoke, at = list(age = 30, smoke = c(0, 1)))
found <- as.data.frame(contrast(every, list(average = shares)))
out$logit <- setNames(as.list(found$estimate), found$smoke)

start <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing)
ordered_fit <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, Hess = TRUE,
                    control = list(reltol = 1e-16, maxit = 5000),
                    start = c(start$coefficients, start$zeta))
every <- emmeans(ordered_fit, ~ Type, mode = "latent", at = list(Infl = "High", Cont = "Low"))
weights <- tapply(housing$Freq, housing$Type, sum)[as.character(levels(housing$Type))]
type <- as.data.frame(every)
# Latent means are less the mean of the cutpoints.
out$location <- sum(type$emmean * weights / sum(weights)) + mean(ordered_fit$zeta)
out$probabilities <- as.list(setNames(
  diff(c(0, plogis(ordered_fit$zeta - out$location), 1)), levels(housing$Sat)))
writeLines(toJSON(out, digits = 12, auto_unbox = TRUE, pretty = TRUE),
           "tests/references/new_levels.json")
