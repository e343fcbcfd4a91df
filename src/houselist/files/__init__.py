"""Reads files of people (CSV, NDJSON, spreadsheets) into tables. Pure."""
