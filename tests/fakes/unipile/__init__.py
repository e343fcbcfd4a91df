"""A Unipile that is like the real one, and fails like it."""
