"""Prospecting jobs: started, run, followed."""
