-- How often the people of an account group and their memberships were changed under the lock of its
-- batches. What was looked up without the lock still holds if the version is the same.
CREATE TABLE people_versions (
    account_group_id bytea NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (account_group_id)
) WITH (fillfactor = 50);

-- A page is half filled, so that a job which sees everybody again writes into it: no index changes
-- then. Only new pages are.
ALTER TABLE memberships SET (fillfactor = 50);
