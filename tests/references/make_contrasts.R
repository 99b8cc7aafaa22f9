# Write contrasts_emmeans.json: contrasts of levels at a row, and of ordered classes, by emmeans.
#
# Run `Rscript tests/references/make_contrasts.R`. R 4.2 with MASS and emmeans 1.8; maximum
# likelihood of contraception.csv (mlmRev of R) and of MASS's housing. emmeans compares the first
# of two levels with the second; `reverse` compares the second with the first.

library(emmeans)
library(MASS)
library(jsonlite)

table <- read.csv("tests/references/contraception.csv", stringsAsFactors = TRUE)
fit <- glm(y ~ livch * age + urban, family = binomial, data = table,
           control = glm.control(epsilon = 1e-14, maxit = 100))

named <- function(found, by) setNames(as.list(found$estimate), as.character(found[[by]]))
pairs_of <- function(grid) {
  named(as.data.frame(pairs(grid, reverse = TRUE, adjust = "none")), "contrast")
}
out <- list()
at <- list(age = 5, urban = 0)
out$log_odds_ratios <- pairs_of(emmeans(fit, ~ livch, at = at))
out$probabilities <- pairs_of(regrid(emmeans(fit, ~ livch, at = at)))
# Differences in differences of the log-odds: number of children by ten years of age.
grid <- emmeans(fit, ~ age * livch, at = list(age = c(-5, 5), urban = 0))
twice <- as.data.frame(contrast(grid, interaction = c("revpairwise", "revpairwise")))
out$twice <- named(twice, "livch_revpairwise")

start <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing)
ordered_fit <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, Hess = TRUE,
                    control = list(reltol = 1e-16, maxit = 5000),
                    start = c(start$coefficients, start$zeta))
at <- list(Type = "Tower", Cont = "Low")
mean_class <- as.data.frame(emmeans(ordered_fit, ~ Infl, mode = "mean.class", at = at))
out$mean_class <- setNames(as.list(mean_class$mean.class), as.character(mean_class$Infl))
exceeding <- as.data.frame(emmeans(ordered_fit, ~ cut | Infl, mode = "exc.prob", at = at))
out$exceedance <- split(exceeding$exc.prob, exceeding$Infl)
writeLines(toJSON(out, digits = 12, auto_unbox = TRUE, pretty = TRUE),
           "tests/references/contrasts_emmeans.json")
