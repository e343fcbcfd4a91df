"""What one account group may have at most, so that it leaves room for the others."""
