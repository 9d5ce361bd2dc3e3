"""The Mistakes page: confusion matrices and the digits behind each cell."""
