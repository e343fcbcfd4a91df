"""Reads workbooks of Excel, LibreOffice, Google and others into one table. Pure.

Start at table.py, which detects the kind and chooses the sheet.
"""
