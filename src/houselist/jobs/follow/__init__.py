"""Telling how jobs get on, as it happens."""
