"""Workbooks of Excel, LibreOffice, Google and others read into one table. Pure.

Where to begin: table.py, which finds out the kind and chooses the sheet.
"""
