"""Audiences: lists of prospects, in folders or not, hidden and guarded while a job fills them."""
