"""Following jobs as they run."""
