-- people: how many an account group has. counted: the version of which that is true. Older processes
-- count up the version alone, so that the two differ until a worker has counted anew; so it does for all
-- account groups that there are by now, also for those of version 0, whose people are from before
-- versions were counted.
ALTER TABLE people_versions ADD COLUMN people bigint NOT NULL DEFAULT 0;
ALTER TABLE people_versions ADD COLUMN counted bigint NOT NULL DEFAULT -1;
