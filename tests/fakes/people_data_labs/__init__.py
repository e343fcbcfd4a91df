"""A fake People Data Labs: its world, how it searches it, and the server in front."""
