"""Looking people up: who is worth it, and how far a job is with it."""
