# Areas under ROC curves, their difference, partial areas and Youden's cut-off, by pROC:
# Rscript tests/references/make_scores.R, in the root of the project. Forecasts are those of glm.
suppressMessages({
  library(pROC)
  library(jsonlite)
})
table <- read.csv("tests/references/infert.csv")
small <- glm(case ~ spontaneous, binomial, table)
large <- glm(case ~ spontaneous + induced + age, binomial, table)
a <- roc(table$case, fitted(small), quiet = TRUE, direction = "<")
b <- roc(table$case, fitted(large), quiet = TRUE, direction = "<")
test <- roc.test(a, b, method = "delong", paired = TRUE)
best <- coords(b, "best", best.method = "youden")
found <- list(
  version = as.character(packageVersion("pROC")),
  auc = c(auc(a), auc(b)),
  difference_se = unname((auc(a) - auc(b)) / test$statistic),
  partial = c(auc(b, partial.auc = c(1, 0.8))),
  partial_sensitivity = c(auc(b, partial.auc = c(1, 0.8), partial.auc.focus = "sensitivity")),
  partial_corrected = c(auc(b, partial.auc = c(1, 0.8), partial.auc.correct = TRUE)),
  youden = best$sensitivity + best$specificity - 1,
  youden_at = best$threshold,
  sensitivity = best$sensitivity,
  specificity = best$specificity
)
write(toJSON(found, digits = 12, auto_unbox = TRUE, pretty = TRUE), "tests/references/scores.json")
