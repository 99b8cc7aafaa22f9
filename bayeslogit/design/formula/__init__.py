"""Reading formulas by a grammar that never runs code."""
