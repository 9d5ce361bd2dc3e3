"""Which model is better, and why: arrays in, plain results out. No Qt."""
