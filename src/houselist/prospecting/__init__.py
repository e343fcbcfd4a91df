"""Prospecting jobs: each fills one audience from one source, in the background."""
