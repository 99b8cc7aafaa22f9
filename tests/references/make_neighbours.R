# What R prints for analyses of the pages "Coming from": Rscript tests/references/make_neighbours.R
#
# Writes neighbours_r.json beside this file. The calls on the pages are lines of this file.
suppressMessages({library(jsonlite); library(MASS); library(nnet); library(rms)})
here <- "tests/references"
exam <- read.csv("bayeslogit/datasets/exam.csv")
seeds <- read.csv("bayeslogit/datasets/seeds.csv")
households <- read.csv("bayeslogit/datasets/housing.csv", stringsAsFactors = TRUE)
households$satisfaction <- ordered(households$satisfaction, levels = c("Low", "Medium", "High"))

# glm
fit <- glm(passed ~ hours, family = binomial, data = exam)
table <- coef(summary(fit))
test <- anova(glm(passed ~ 1, family = binomial, data = exam), fit, test = "LRT")
profile <- suppressMessages(confint(fit))
new <- predict(fit, data.frame(hours = c(2, 4)), type = "response")
out <- list(glm = list(
  intercept = table[1, 1], intercept_se = table[1, 2], hours = table[2, 1], hours_se = table[2, 2],
  z = table[2, 3], p = table[2, 4], deviance = deviance(fit), null_deviance = fit$null.deviance,
  aic = AIC(fit), bic = BIC(fit), lr = test$Deviance[2], lr_p = test$`Pr(>Chi)`[2],
  profile_low = profile[2, 1], profile_high = profile[2, 2], at_2 = new[[1]], at_4 = new[[2]],
  leverage = max(hatvalues(fit)), cook = max(cooks.distance(fit))))

probit <- glm(passed ~ hours, family = binomial(link = "probit"), data = exam)
out$probit <- list(intercept = coef(probit)[[1]], hours = coef(probit)[[2]],
                   hours_se = coef(summary(probit))[2, 2])

plates <- glm(cbind(germinated, n - germinated) ~ x1 * x2, family = binomial, data = seeds)
out$counts <- list(intercept = coef(plates)[[1]], x1 = coef(plates)[[2]], x2 = coef(plates)[[3]],
                   product = coef(plates)[[4]], deviance = deviance(plates),
                   product_se = coef(summary(plates))[4, 2])

# MASS and nnet
ordered <- polr(satisfaction ~ influence + type + contact, weights = frequency, data = households,
                Hess = TRUE, control = list(reltol = 1e-16, maxit = 5000))
out$polr <- list(contact_low = ordered$coefficients[["contactLow"]],
                 influence_low = ordered$coefficients[["influenceLow"]],
                 cut_low = ordered$zeta[[1]], cut_medium = ordered$zeta[[2]],
                 contact_se = sqrt(vcov(ordered)["contactLow", "contactLow"]),
                 deviance = ordered$deviance)
classes <- multinom(satisfaction ~ influence + type + contact, weights = frequency,
                    data = households, trace = FALSE, reltol = 1e-16, maxit = 5000)
out$multinom <- list(high_contact_low = coef(classes)["High", "contactLow"],
                     medium_contact_low = coef(classes)["Medium", "contactLow"],
                     deviance = classes$deviance)

# rms
fit <- lrm(passed ~ hours, data = exam, x = TRUE, y = TRUE, eps = 1e-12)
out$lrm <- list(intercept = coef(fit)[[1]], hours = coef(fit)[[2]], lr = fit$stats[["Model L.R."]],
                r2 = fit$stats[["R2"]], brier = fit$stats[["Brier"]], c = fit$stats[["C"]],
                dxy = fit$stats[["Dxy"]])
curved <- lrm(passed ~ rcs(hours, c(1, 2.625, 5)), data = exam, eps = 1e-12)
out$rcs <- list(lr = curved$stats[["Model L.R."]],
                at_3 = predict(curved, data.frame(hours = 3), type = "fitted")[[1]])

# rstanarm: long chains, so that its Monte Carlo error is small beside the digits that are shown
library(rstanarm)
fit <- stan_glm(passed ~ hours, family = binomial, data = exam, seed = 1, chains = 4,
                iter = 11000, warmup = 1000, refresh = 0)
draws <- as.matrix(fit)
chance <- posterior_epred(fit, data.frame(hours = c(2, 4)))
out$stan_glm <- list(
  intercept = mean(draws[, 1]), intercept_sd = sd(draws[, 1]), hours = mean(draws[, 2]),
  hours_sd = sd(draws[, 2]), hours_mcse = summary(fit)["hours", "mcse"],
  intercept_mcse = summary(fit)["(Intercept)", "mcse"],
  hours_low = quantile(draws[, 2], 0.055)[[1]], hours_high = quantile(draws[, 2], 0.945)[[1]],
  at_2 = mean(chance[, 1]), at_4 = mean(chance[, 2]), elpd_loo = loo(fit)$estimates[1, 1],
  prior_scale = prior_summary(fit)$prior$adjusted_scale[[1]])

# brms: the same length of chains; its default prior of the intercept is at the mean of the predictor
library(brms)
fit <- brm(passed ~ hours, family = bernoulli, data = exam, prior = prior(normal(0, 1), class = b),
           seed = 1, chains = 4, iter = 11000, warmup = 1000, refresh = 0)
draws <- as_draws_matrix(fit)
chance <- posterior_epred(fit, data.frame(hours = c(2, 4)))
out$brm <- list(
  intercept = mean(draws[, "b_Intercept"]), intercept_sd = sd(draws[, "b_Intercept"]),
  hours = mean(draws[, "b_hours"]), hours_sd = sd(draws[, "b_hours"]),
  hours_mcse = posterior::mcse_mean(draws[, "b_hours"]),
  intercept_mcse = posterior::mcse_mean(draws[, "b_Intercept"]),
  at_2 = mean(chance[, 1]), at_4 = mean(chance[, 2]), elpd_loo = loo(fit)$estimates[1, 1],
  intercept_prior = subset(prior_summary(fit), class == "Intercept")$prior)

out$versions <- list(brms = as.character(packageVersion("brms")),
                     rstanarm = as.character(packageVersion("rstanarm")),
                     R = as.character(getRversion()), MASS = as.character(packageVersion("MASS")),
                     nnet = as.character(packageVersion("nnet")),
                     rms = as.character(packageVersion("rms")))
write_json(out, file.path(here, "neighbours_r.json"), auto_unbox = TRUE, digits = 12, pretty = TRUE)
