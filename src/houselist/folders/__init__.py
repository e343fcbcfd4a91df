"""Folders: named groups of audiences, each for one audience type."""
