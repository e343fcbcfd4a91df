"""Uploaded files: reading their rows, suggesting a mapping, keeping them until a job wants them."""
