-- Whom a dry run has met so far: people whom it would make, and known ones as it would leave them. Of
-- each there is what tells who a row is about. They go when the dry run is over.
CREATE TABLE dry_run_people (
    account_group_id bytea NOT NULL,
    job_id bytea NOT NULL,
    prospect_id bytea NOT NULL,
    is_new boolean NOT NULL,
    is_gone boolean NOT NULL,
    public_identifier text,
    linkedin_id text,
    provider_id text,
    email text,
    first_name text,
    last_name text,
    name text,
    others text,
    PRIMARY KEY (account_group_id, job_id, prospect_id)
);
CREATE INDEX dry_run_people_public_identifier
    ON dry_run_people (account_group_id, job_id, public_identifier) WHERE public_identifier IS NOT NULL;
CREATE INDEX dry_run_people_linkedin_id
    ON dry_run_people (account_group_id, job_id, linkedin_id) WHERE linkedin_id IS NOT NULL;
CREATE INDEX dry_run_people_provider_id
    ON dry_run_people (account_group_id, job_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX dry_run_people_email
    ON dry_run_people (account_group_id, job_id, email) WHERE email IS NOT NULL;

CREATE TABLE dry_run_identities (
    account_group_id bytea NOT NULL,
    job_id bytea NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    prospect_id bytea NOT NULL,
    PRIMARY KEY (account_group_id, job_id, kind, value, prospect_id)
);

-- Dry runs are looked for when they are over: a day later they go.
CREATE INDEX prospecting_jobs_dry_runs ON prospecting_jobs (account_group_id, updated_at, id) WHERE dry_run;
