# Two real tables and what R says of them: Rscript tests/references/make_tables.R
#
# infert: a case-control study of infertility after abortion (Trichopoulos et al. 1976,
# doi:10.1111/j.1471-0528.1976.tb00904.x), from R's package datasets.
# menarche: age of girls in Warsaw and whether they had menstruated (Milicer and Szczotka 1966),
# from R's package MASS.
# Prints the numbers in tests/journeys/test_real_tables.py; writes the tables beside this script.
suppressPackageStartupMessages({library(MASS); library(pROC)})
options(digits = 12)
here <- "tests/references"
columns <- c("age", "parity", "induced", "spontaneous", "case", "stratum")
write.csv(infert[, columns], file.path(here, "infert.csv"), row.names = FALSE, quote = FALSE)
write.csv(menarche, file.path(here, "menarche.csv"), row.names = FALSE, quote = FALSE)

m <- glm(case ~ spontaneous + induced + age, data = infert, family = binomial())
print(coef(m)); print(sqrt(diag(vcov(m))))
cat("deviance", deviance(m), m$null.deviance, "AIC", AIC(m), "\n")
print(drop1(m, test = "Chisq"))
print(suppressMessages(confint(m)))
p <- fitted(m)
more <- infert
more$spontaneous <- infert$spontaneous + 1
q <- predict(m, more, type = "response")
a <- mean(q); b <- mean(p)
cat("difference", a - b, "ratio", a / b, "odds ratio", a / (1 - a) / (b / (1 - b)), "\n")
cat("slope", mean(p * (1 - p)) * coef(m)["spontaneous"], "\n")
r <- roc(infert$case, p, quiet = TRUE)
cat("AUC", auc(r), "DeLong", ci.auc(r), "Brier", mean((infert$case - p)^2), "\n")
for (t in c(0.2, 0.4))
  cat("net benefit", t, mean(p > t & infert$case == 1) - t / (1 - t) * mean(p > t & infert$case == 0), "\n")
cook <- sort(cooks.distance(m), decreasing = TRUE)[1:3]
cat("Cook", names(cook), cook, "leverage", max(hatvalues(m)), "\n")
s <- log(1e-4 / (1 - 1e-4)) - log(mean(infert$case) / (1 - mean(infert$case)))
cat("risk at a prevalence of 1e-4", plogis(predict(m, infert[1:2, ]) + s), "\n")

g <- glm(cbind(Menarche, Total - Menarche) ~ Age, data = menarche, family = binomial())
print(coef(g)); print(sqrt(diag(vcov(g))))
cat("deviance", deviance(g), g$null.deviance, "Pearson", sum(residuals(g, "pearson")^2), "\n")
print(dose.p(g, p = c(0.5, 0.9)))
cat("residuals of row 10", residuals(g)[10], residuals(g, "pearson")[10], rstandard(g, type = "pearson")[10], "\n")
cat("AUC of cases", auc(rep(rep(0:1, 25), c(rbind(menarche$Total - menarche$Menarche, menarche$Menarche))),
    rep(rep(fitted(g), each = 2), c(rbind(menarche$Total - menarche$Menarche, menarche$Menarche))), quiet = TRUE), "\n")
