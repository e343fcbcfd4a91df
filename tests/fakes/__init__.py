"""Providers that tests talk to over HTTP."""
