-- How a file was read is kept with its upload, so that it can be told after the upload's response:
-- its encoding, delimiter and sheet, notes for people, and what spoke for the suggested mapping. Null
-- for uploads from before, and for those that no file was read for.
ALTER TABLE uploads ADD COLUMN read_as json;
