"""The Result page: sentences, error rates and the summary table."""
