"""Reading a formula: a grammar of its own, which never runs code."""
