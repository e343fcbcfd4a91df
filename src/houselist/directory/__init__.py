"""The directory: an account group's own people, to be searched as LinkedIn would be."""
