-- An audience has a list of members, which emptying replaces. list_id is null while that is its first
-- one, whose id is the audience's. changed_at: when somebody last joined or left. history_since: before
-- it, nobody noted who left; null for audiences that are younger than this revision.
ALTER TABLE audiences
    ADD COLUMN list_id bytea,
    ADD COLUMN changed_at timestamptz,
    ADD COLUMN history_since timestamptz;
UPDATE audiences SET history_since = now();

-- With which number the person joined, where that is not the position: somebody who was merged into this
-- person had the position.
ALTER TABLE memberships ADD COLUMN joined_number bigint;
CREATE INDEX memberships_by_number ON memberships (account_group_id, audience_id, joined_number)
    WHERE joined_number IS NOT NULL;

CREATE TABLE audience_lists (
    account_group_id bytea NOT NULL,
    list_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    first_number bigint NOT NULL,
    emptied_at timestamptz,
    emptied_number bigint,
    first_position bigint,
    last_number bigint,
    members bigint,
    key_id bytea,
    PRIMARY KEY (account_group_id, list_id)
);
CREATE INDEX audience_lists_by_audience ON audience_lists (account_group_id, audience_id, first_number);
CREATE INDEX audience_lists_emptied ON audience_lists (emptied_at) WHERE emptied_at IS NOT NULL;

CREATE TABLE left_members (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    position bigint NOT NULL,
    joined_number bigint NOT NULL,
    prospect_id bytea NOT NULL,
    added_at timestamptz NOT NULL,
    left_number bigint NOT NULL,
    left_at timestamptz NOT NULL,
    job_id bytea,
    key_id bytea,
    was_merged boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_group_id, audience_id, left_number)
);
CREATE INDEX left_members_by_position ON left_members (account_group_id, audience_id, position);
CREATE INDEX left_members_by_joined ON left_members (account_group_id, audience_id, joined_number)
    WHERE joined_number <> position;
CREATE INDEX left_members_by_prospect ON left_members (account_group_id, prospect_id, audience_id);
CREATE INDEX left_members_by_age ON left_members USING brin (left_at);

CREATE TABLE membership_spans (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    first_number bigint NOT NULL,
    last_number bigint NOT NULL,
    at timestamptz NOT NULL,
    job_id bytea,
    key_id bytea,
    PRIMARY KEY (account_group_id, audience_id, last_number)
);
CREATE INDEX membership_spans_by_time ON membership_spans (account_group_id, audience_id, at, first_number);

CREATE TABLE audience_days (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    day date NOT NULL,
    joined bigint NOT NULL,
    departed bigint NOT NULL,
    PRIMARY KEY (account_group_id, audience_id, day)
) WITH (fillfactor = 80);

ALTER TABLE prospects
    ADD COLUMN made_by_job_id bytea,
    ADD COLUMN made_by_row bigint,
    ADD COLUMN made_by_key_id bytea;

CREATE TABLE value_changes (
    account_group_id bytea NOT NULL,
    prospect_id bytea NOT NULL,
    version bigint NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('fill', 'update', 'edit', 'merge', 'undo')),
    job_id bytea,
    row bigint,
    key_id bytea,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    PRIMARY KEY (account_group_id, prospect_id, version, number)
);
CREATE INDEX value_changes_by_job ON value_changes (account_group_id, job_id, prospect_id)
    WHERE job_id IS NOT NULL;
CREATE INDEX value_changes_by_age ON value_changes USING brin (at);

-- A dry run for an audience that is not there yet has none.
ALTER TABLE prospecting_jobs
    ALTER COLUMN audience_id DROP NOT NULL,
    ADD COLUMN key_id bytea,
    ADD COLUMN dry_run boolean NOT NULL DEFAULT false,
    ADD COLUMN undoes_job_id bytea,
    ADD COLUMN snapshot jsonb,
    ADD COLUMN removed bigint NOT NULL DEFAULT 0,
    ADD COLUMN kept bigint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX prospecting_jobs_undone ON prospecting_jobs (account_group_id, undoes_job_id)
    WHERE undoes_job_id IS NOT NULL;

ALTER TABLE prospecting_rows DROP CONSTRAINT prospecting_rows_outcome_check;
ALTER TABLE prospecting_rows ADD CONSTRAINT prospecting_rows_outcome_check CHECK (outcome IN
    ('added', 'alreadyMember', 'duplicate', 'invalid', 'overLimit', 'removed', 'kept')) NOT VALID;
ALTER TABLE prospecting_rows VALIDATE CONSTRAINT prospecting_rows_outcome_check;

-- A request can merge people as well as a row of a job.
ALTER TABLE prospect_merges
    ALTER COLUMN job_id DROP NOT NULL,
    ALTER COLUMN row DROP NOT NULL,
    ADD COLUMN key_id bytea;
