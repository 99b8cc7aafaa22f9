"""Which model predicts better: leave-one-out, K-fold, stacking, Bayes factors."""
