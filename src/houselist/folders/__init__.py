"""Folders: named groups of audiences, of one audience type."""
