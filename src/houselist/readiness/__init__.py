"""Whether a database has the schema of this version. Light: what makes the schema is not loaded."""

# The newest revision of migrations/versions; a test holds the two together.
HEAD = "0004"
