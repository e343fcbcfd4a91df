-- What a row does with somebody known: fills what is null, or replaces what is known.
ALTER TABLE prospecting_jobs
    ADD COLUMN on_known text NOT NULL DEFAULT 'fill' CHECK (on_known IN ('fill', 'update'));

-- What a person is known by beside the four columns above: former slugs, internal ids of other kinds,
-- and the identities of those merged into the person. kind is the column's name.
CREATE TABLE prospect_identities (
    account_group_id bytea NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('public_identifier', 'linkedin_id', 'provider_id', 'email')),
    value text NOT NULL,
    prospect_id bytea NOT NULL,
    PRIMARY KEY (account_group_id, kind, value, prospect_id)
);
CREATE UNIQUE INDEX prospect_identities_linkedin ON prospect_identities (account_group_id, kind, value)
    WHERE kind IN ('public_identifier', 'linkedin_id');
CREATE INDEX prospect_identities_by_prospect ON prospect_identities (account_group_id, prospect_id);

-- Who was found to be somebody else known. The row of prospects is gone; ledgers may still name it.
-- kept_id is always somebody who is there: where that person is merged too, it is moved on.
CREATE TABLE prospect_merges (
    account_group_id bytea NOT NULL,
    prospect_id bytea NOT NULL,
    kept_id bytea NOT NULL,
    job_id bytea NOT NULL,
    row bigint NOT NULL,
    merged_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, prospect_id)
);
CREATE INDEX prospect_merges_by_kept ON prospect_merges (account_group_id, kept_id);
