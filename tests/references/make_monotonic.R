# Monotonic effects by brms: Rscript tests/references/make_monotonic.R
#
# The models of brms' vignette on monotonic effects (Bürkner, "Estimating Monotonic Effects with
# brms"). The vignette's outcome is Gaussian, and its table is drawn without a seed, so that its
# printed figures belong to no model of this package and to no table that there is. Here the table
# has a seed and the outcome two classes: life satisfaction as in the vignette, with logistic noise,
# above 62. Writes monotonic.csv and monotonic.json beside this script.
suppressMessages({library(brms); library(posterior); library(jsonlite)})
options(mc.cores = 1)
here <- "tests/references"
set.seed(1)
options_ <- c("below_20", "20_to_40", "40_to_100", "greater_100")
income <- factor(sample(options_, 200, TRUE), levels = options_, ordered = TRUE)
age <- round(rnorm(200, mean = 40, sd = 10))
ls <- c(50, 60, 70, 75)[income] + rlogis(200, scale = 10) + 0.2 * (age - 40)
dat <- data.frame(income, decades = (age - 40) / 10, satisfied = as.integer(ls > 62))
write.csv(dat, file.path(here, "monotonic.csv"), row.names = FALSE, quote = FALSE)
wide <- prior(normal(0, 2.5), class = "b")
first <- prior(dirichlet(c(2, 1, 1)), class = "simo", coef = "moincome1")
models <- list(
  plain = list(satisfied ~ 0 + Intercept + mo(income), wide),
  shares = list(satisfied ~ 0 + Intercept + mo(income), c(wide, first)),
  age = list(satisfied ~ 0 + Intercept + mo(income) * decades, wide))
found <- list()
for (name in names(models)) {
  fit <- brm(models[[name]][[1]], data = dat, family = bernoulli(), prior = models[[name]][[2]],
             chains = 4, iter = 6000, warmup = 1000, seed = 1, refresh = 0,
             control = list(adapt_delta = 0.95))
  draws <- as_draws_array(fit)
  keep <- grep("^(b|bsp|simo)_", variables(draws), value = TRUE)
  table <- summarise_draws(subset_draws(draws, keep), mean, sd, mcse = mcse_mean, rhat)
  found[[name]] <- list(parameters = as.list(table$variable), mean = table$mean, sd = table$sd,
                        mcse = table$mcse, rhat = max(table$rhat))
}
found$versions <- list(brms = as.character(packageVersion("brms")), rstan = as.character(packageVersion("rstan")))
write(toJSON(found, digits = 6, auto_unbox = TRUE, pretty = TRUE), file.path(here, "monotonic.json"))
