"""Audiences: lists of prospects, in folders or not, hidden and locked while a job fills them."""
