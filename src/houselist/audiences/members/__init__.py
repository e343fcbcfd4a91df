"""Who is in an audience, as requests change it."""
