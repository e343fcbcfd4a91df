"""Running jobs: rows and pages in, people and memberships out."""
