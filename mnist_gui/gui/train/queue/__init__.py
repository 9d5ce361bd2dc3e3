"""The training queue."""
