"""How the machine runs; knows no feature."""
