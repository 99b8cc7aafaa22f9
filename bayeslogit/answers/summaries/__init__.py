"""Tables of coefficients, odds ratios, and the model in words."""
