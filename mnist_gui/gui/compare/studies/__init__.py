"""The Studies page: the same networks trained with several seeds and settings, and what that says."""
