"""The recipe form of the Train tab."""
