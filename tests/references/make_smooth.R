# The curve of age in contraception.csv by mgcv, with the basis and penalty of s(x): cubic B-splines
# on equal intervals and second differences. Rscript tests/references/make_smooth.R > smooth.csv
suppressMessages(library(mgcv))
d <- read.csv("contraception.csv")
m <- gam(y ~ s(age, bs = "ps", k = 20, m = c(2, 2)), family = binomial, data = d, method = "REML")
new <- data.frame(age = seq(min(d$age), max(d$age), length.out = 9))
p <- predict(m, new, se.fit = TRUE)
cat("age,fit,se\n")
cat(sprintf("%.6f,%.6f,%.6f\n", new$age, p$fit, p$se.fit), sep = "")
