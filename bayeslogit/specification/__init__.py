"""What a model is: design, outcome, family and prior, and their log posterior."""
