"""Members: who is in an audience, who joins and leaves it, and what of that is remembered."""
