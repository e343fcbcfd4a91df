"""API keys: their format, their permissions, and their storage."""
