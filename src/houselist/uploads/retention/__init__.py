"""Letting go of uploads that are past their time."""
