-- Nothing asks for the changes of a job: an undo reads those of its people. This index took a quarter
-- of what PostgreSQL needs to write a change.
DROP INDEX value_changes_by_job;
