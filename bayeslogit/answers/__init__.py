"""What is answered from a posterior: one room for each kind of question."""
