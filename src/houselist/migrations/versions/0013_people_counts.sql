-- people: how many an account group has. counted: the version of which that is true. Older processes
-- count up the version alone, so that the two differ until a worker has counted anew; so it does for all
-- who have people by now.
ALTER TABLE people_versions ADD COLUMN people bigint NOT NULL DEFAULT 0;
ALTER TABLE people_versions ADD COLUMN counted bigint NOT NULL DEFAULT 0;
-- Account groups whose people are from before versions were counted.
INSERT INTO people_versions (account_group_id, version)
SELECT g.id, 1 FROM account_groups g
WHERE EXISTS (SELECT FROM prospects p WHERE p.account_group_id = g.id)
ON CONFLICT DO NOTHING;
