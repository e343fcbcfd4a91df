-- Jobs of a provider: what it is asked, where it is, why it waits. The rows of every job stand in
-- an upload, those of a provider as they come.
ALTER TABLE prospecting_jobs
    ADD COLUMN question jsonb,
    ADD COLUMN asked_results bigint,
    ADD COLUMN max_added bigint,
    ADD COLUMN source_account text,
    ADD COLUMN cursor text,
    ADD COLUMN made_audience boolean NOT NULL DEFAULT false,
    ADD COLUMN started_at timestamptz,
    ADD COLUMN progress double precision NOT NULL DEFAULT 0,
    ADD COLUMN import_details text,
    ADD COLUMN waiting_until timestamptz,
    ADD COLUMN waiting_for text,
    ADD COLUMN retries integer NOT NULL DEFAULT 0,
    ADD COLUMN enriched_row bigint NOT NULL DEFAULT 0,
    ADD COLUMN looked_up bigint NOT NULL DEFAULT 0,
    ADD COLUMN not_found bigint NOT NULL DEFAULT 0,
    ADD COLUMN emails_charged bigint NOT NULL DEFAULT 0,
    ADD COLUMN version bigint NOT NULL DEFAULT 0;
UPDATE prospecting_jobs SET progress = CASE
    WHEN import_status = 'completed' THEN 1
    WHEN total_rows > 0 THEN position::double precision / total_rows ELSE 0 END;
CREATE INDEX prospecting_jobs_by_audience ON prospecting_jobs (account_group_id, audience_id, created_at, id);

-- Whoever watches a job hears of every change, whichever statement made it.
CREATE FUNCTION houselist_job_changed() RETURNS trigger AS $$
BEGIN
    NEW.version := OLD.version + 1;
    PERFORM pg_notify(
        'houselist_jobs', encode(NEW.account_group_id, 'hex') || '/' || encode(NEW.id, 'hex')
    );
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER prospecting_jobs_changed BEFORE UPDATE ON prospecting_jobs
    FOR EACH ROW EXECUTE FUNCTION houselist_job_changed();

ALTER TABLE memberships ADD COLUMN last_seen_at timestamptz;
ALTER TABLE prospects
    ADD COLUMN looked_up_at timestamptz,
    ADD COLUMN email_sought_at timestamptz;

-- One connection an account group. sealed_key is encrypted (connections/secrets.py).
CREATE TABLE provider_connections (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    provider text NOT NULL,
    base_url text NOT NULL,
    provider_account_id text NOT NULL,
    api_version text NOT NULL,
    sealed_key bytea NOT NULL,
    daily_limits jsonb NOT NULL DEFAULT '{}',
    concurrency smallint,
    status text NOT NULL CHECK (status IN ('connected', 'disconnected')),
    status_details text,
    checked_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id)
);
-- An account outside has one budget a day, whoever uses it.
CREATE UNIQUE INDEX provider_connections_account
    ON provider_connections (provider, base_url, provider_account_id);

-- What was used of a day's budget. The day is a UTC date.
CREATE TABLE provider_budgets (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    day date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('searchRows', 'salesRows', 'profiles', 'pages')),
    used bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (account_group_id, day, kind)
) WITH (fillfactor = 80);

-- The embedded provider. people counts those in directory_people; next_number is what the next person,
-- lead list or saved search gets, and none is given twice. Whoever changes people holds this row.
CREATE TABLE directories (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    people bigint NOT NULL DEFAULT 0,
    next_number bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (account_group_id)
);

-- Its people, whom `houselist directory load` reads in; the identities are those of prospects.
-- document holds all that a search can ask for, lists and network too (directory/lexemes.py).
CREATE TABLE directory_people (
    account_group_id bytea NOT NULL,
    number bigint NOT NULL,
    public_identifier text,
    linkedin_id text,
    provider_id text,
    email text,
    person jsonb NOT NULL,
    network text CHECK (network IN ('F', 'S', 'O')),
    list_ids bigint[] NOT NULL,
    document tsvector NOT NULL,
    PRIMARY KEY (account_group_id, number),
    -- At the end of a statement, because one may hand an address on from one person to another.
    CONSTRAINT directory_people_public_identifier UNIQUE (account_group_id, public_identifier)
        DEFERRABLE,
    CONSTRAINT directory_people_linkedin_id UNIQUE (account_group_id, linkedin_id) DEFERRABLE
);
CREATE INDEX directory_people_provider_id ON directory_people (account_group_id, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX directory_people_email ON directory_people (account_group_id, email)
    WHERE email IS NOT NULL;
CREATE INDEX directory_people_document ON directory_people USING gin (document);

-- What Sales Navigator calls lead lists and saved searches; a saved search has its address, a lead
-- list counts its people.
CREATE TABLE directory_sources (
    account_group_id bytea NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    search_url text,
    people bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, id)
);
CREATE UNIQUE INDEX directory_sources_name
    ON directory_sources (account_group_id, (search_url IS NULL), name_key);

-- What an account group may do. max_results null: no cap. Credits count only where `metered`; they
-- are the sum of the entries, whether counted or not.
CREATE TABLE account_plans (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    max_results bigint CHECK (max_results > 0),
    metered boolean NOT NULL DEFAULT false,
    credits bigint NOT NULL DEFAULT 0 CHECK (credits >= 0),
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id)
);

-- Every movement of credits, never changed once written; `balance` is what is left after it.
CREATE TABLE credit_entries (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    number bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('grant', 'reserve', 'settle', 'refund')),
    amount bigint NOT NULL,
    balance bigint NOT NULL CHECK (balance >= 0),
    job_id bytea,
    note text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, number)
);
CREATE UNIQUE INDEX credit_entries_reserved ON credit_entries (account_group_id, job_id)
    WHERE kind = 'reserve';
CREATE UNIQUE INDEX credit_entries_closed ON credit_entries (account_group_id, job_id)
    WHERE kind IN ('settle', 'refund');

-- When a monitoring audience is filled anew from the source of its last job.
CREATE TABLE audience_schedules (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    every text NOT NULL CHECK (every IN ('hour', 'day', 'week', 'month')),
    starts_at timestamptz NOT NULL,
    next_run_at timestamptz NOT NULL,
    last_run_at timestamptz,
    last_job_id bytea,
    last_error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, audience_id),
    CONSTRAINT audience_schedules_audience FOREIGN KEY (account_group_id, audience_id)
        REFERENCES audiences (account_group_id, id)
);
CREATE INDEX audience_schedules_due ON audience_schedules (next_run_at);
