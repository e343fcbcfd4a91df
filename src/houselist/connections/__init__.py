"""Each account group's way to its provider: the connection, its budget, and its slots."""
