# Ranks of ordered and unordered classes, by rms, Hmisc and pROC; optimism-corrected indices and
# calibration curves, by rms::validate and rms::calibrate:
# Rscript tests/references/make_validation.R, in the root of the project. Takes minutes.
suppressMessages({
  library(rms)
  library(pROC)
  library(nnet)
  library(jsonlite)
})
housing <- read.csv("bayeslogit/datasets/housing.csv")
housing$satisfaction <- factor(housing$satisfaction, c("Low", "Medium", "High"))
long <- housing[rep(seq_len(nrow(housing)), housing$frequency), ]

fit <- lrm(satisfaction ~ influence + type, long)
lp <- predict(fit)
level <- as.integer(long$satisfaction)
ordered <- rcorr.cens(lp, level)
above <- sapply(2:3, function(k) {
  c(auc(roc(level >= k, lp, quiet = TRUE, direction = "<")))
})

nominal <- multinom(satisfaction ~ influence + type, long, trace = FALSE, reltol = 1e-14,
                    maxit = 1000)
prob <- fitted(nominal)
hand_till <- multiclass.roc(long$satisfaction, prob)$auc
each <- sapply(levels(long$satisfaction), function(k) {
  c(auc(roc(long$satisfaction == k, prob[, k], quiet = TRUE, direction = "<")))
})

# ---- validation; `table` is of two classes
validated <- function(formula, table, seed) {
  fit <- lrm(formula, table, x = TRUE, y = TRUE, tol = 1e-12, maxit = 50)
  set.seed(seed)
  boot <- unclass(rms::validate(fit, B = 4000))
  set.seed(seed)
  # Repeated: the mean over 40 times ten folds.
  folds <- Reduce(`+`, lapply(1:40, function(i) {
    unclass(rms::validate(fit, method = "crossvalidation", B = 10))
  })) / 40
  set.seed(seed)
  curve <- unclass(rms::calibrate(fit, B = 1000))
  list(
    indices = rownames(boot), columns = colnames(boot),
    boot = matrix(boot, nrow(boot)), folds = matrix(folds, nrow(folds)),
    predicted = curve[, "predy"],
    apparent = curve[, "calibrated.orig"],
    corrected = curve[, "calibrated.corrected"]
  )
}
birthweight <- read.csv("bayeslogit/datasets/birthweight.csv")
labour <- read.csv("bayeslogit/datasets/labour.csv")
found <- list(
  version = as.character(packageVersion("rms")),
  ordered = list(c_index = unname(ordered["C Index"]), dxy = unname(ordered["Dxy"]),
                 lrm_c = unname(fit$stats["C"]), above = above),
  nominal = list(hand_till = c(hand_till), each = as.list(each)),
  birthweight = validated(low ~ age + weight + race + smoker, birthweight, 1),
  labour = validated(works ~ children_to_5 + children_from_6 + age + schooling + experience +
                       other_income, labour, 2)
)
write(toJSON(found, digits = 10, auto_unbox = TRUE, pretty = TRUE, na = "null"),
      "tests/references/validation.json")
