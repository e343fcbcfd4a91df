"""API keys: their format, what they may do, and where they are stored."""
