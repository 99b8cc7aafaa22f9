"""Tables of any library as columns of numbers, booleans and categories."""
