"""The addresses of searches for people, read into a query that any provider can be asked. Pure."""
