"""The process that runs jobs, and what it does beside them."""
