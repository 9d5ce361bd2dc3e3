"""Training, fine-tuning and resuming of runs."""
