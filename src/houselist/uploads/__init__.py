"""Uploaded files: reading their rows, suggesting a mapping, and storing them for jobs."""
