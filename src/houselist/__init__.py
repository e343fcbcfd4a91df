"""Houselist: the self-hosted audience service for B2B prospecting."""

__version__ = "0.2.0"
