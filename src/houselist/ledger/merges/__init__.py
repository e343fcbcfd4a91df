"""People who were found to be one: who stayed, and what becomes of where the others were."""
