"""Networks from files of any origin, read without running their code."""
