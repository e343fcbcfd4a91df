"""The process that runs jobs, what it does beside them, and what watches over it."""
