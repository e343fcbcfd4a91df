"""Everybody in an audience as one file, streamed from one snapshot in flat memory."""
