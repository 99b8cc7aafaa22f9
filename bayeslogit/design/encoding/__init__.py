"""From a formula and columns to the design matrix, and to that of new rows."""
