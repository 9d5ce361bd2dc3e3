"""Fine-tuning on the user's own digits, and the guided writing of them."""
