"""Schedules: when a monitoring audience is filled again from the source of its last job."""
