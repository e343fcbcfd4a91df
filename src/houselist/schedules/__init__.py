"""Schedules: when a monitoring audience is filled anew from the source of its last job."""
