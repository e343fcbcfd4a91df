"""Files of people as they come: CSV, NDJSON and spreadsheets read into tables. Pure."""
