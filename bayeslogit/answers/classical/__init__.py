"""Maximum likelihood: estimates, tests, Firth's correction, influence of rows."""
