"""Training runs on disk, one folder per run."""
