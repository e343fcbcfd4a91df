"""Sharing the workers' slots among account groups: imports of files, and purges of audiences."""
