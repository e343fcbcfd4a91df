-- Of several columns for one field the first is the better one, and jsonb forgets the order.
ALTER TABLE uploads ALTER COLUMN suggested_mapping TYPE json;
ALTER TABLE prospecting_jobs ALTER COLUMN mapping TYPE json;
