-- The whole schema in one place, to read. The revisions in versions/ build it; a test holds both
-- against each other. Ids are 12 bytes (see ids.py). The account group is the first column of
-- every key, so that rows of two tenants can't meet and the tables can be spread by it later.
-- The tables pgqueuer* belong to PgQueuer and are in queue.sql.

CREATE TABLE account_groups (
    id bytea PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- Keys may open several account groups, so they stand beside them. Only the digest is kept.
CREATE TABLE api_keys (
    id bytea PRIMARY KEY,
    digest bytea NOT NULL CONSTRAINT api_keys_digest UNIQUE,
    name text NOT NULL,
    permissions text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);

CREATE TABLE api_key_account_groups (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    key_id bytea NOT NULL REFERENCES api_keys (id),
    PRIMARY KEY (account_group_id, key_id)
);
CREATE INDEX api_key_account_groups_by_key ON api_key_account_groups (key_id);

CREATE TABLE idempotency_keys (
    account_group_id bytea NOT NULL,
    key_id bytea NOT NULL,
    route text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    headers jsonb,
    data text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, key_id, route, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE folders (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    id bytea NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    audience_type text NOT NULL CHECK (audience_type IN ('on_demand', 'monitoring')),
    is_pinned boolean NOT NULL DEFAULT false,
    position integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, id),
    CONSTRAINT folders_name UNIQUE (account_group_id, name_key)
);

-- active_job_id is set while a job's import stage is queued or running: the audience is ready when
-- it is null. prospect_count and next_position move in the transaction that adds the prospects.
CREATE TABLE audiences (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    id bytea NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    type text NOT NULL,
    description text,
    folder_id bytea,
    prospect_count bigint NOT NULL DEFAULT 0,
    next_position bigint NOT NULL DEFAULT 1,
    active_job_id bytea,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    purged_at timestamptz,
    PRIMARY KEY (account_group_id, id),
    CONSTRAINT audiences_folder FOREIGN KEY (account_group_id, folder_id)
        REFERENCES folders (account_group_id, id) ON DELETE SET NULL (folder_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX audiences_name ON audiences (account_group_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX audiences_by_age ON audiences (account_group_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX audiences_to_purge ON audiences (account_group_id, id)
    WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX audiences_by_folder ON audiences (account_group_id, folder_id) WHERE folder_id IS NOT NULL;

-- One person, once. public_identifier is the LinkedIn slug; linkedin_id the internal id with its
-- kind (`id:ACo…`, `sales:ACw…`, `rec:AEM…`, `num:…`). providerId and email may be shared by people
-- whom a stronger identity tells apart, so they are not unique.
CREATE TABLE prospects (
    account_group_id bytea NOT NULL,
    id bytea NOT NULL,
    public_identifier text,
    linkedin_id text,
    provider_id text,
    email text,
    first_name text,
    last_name text,
    name text,
    headline text,
    about text,
    title text,
    location text,
    photo_url text,
    company_name text,
    company_linkedin_identifier text,
    company_linkedin_url text,
    company_industry text,
    company_website text,
    attributes jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, id)
);
CREATE UNIQUE INDEX prospects_public_identifier ON prospects (account_group_id, public_identifier)
    WHERE public_identifier IS NOT NULL;
CREATE UNIQUE INDEX prospects_linkedin_id ON prospects (account_group_id, linkedin_id)
    WHERE linkedin_id IS NOT NULL;
CREATE INDEX prospects_provider_id ON prospects (account_group_id, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX prospects_email ON prospects (account_group_id, email) WHERE email IS NOT NULL;

-- Who is in which audience, in the order they joined. seen_by_job_id is the last job that found
-- the person in its source: it tells a duplicate row of one job from an old member.
CREATE TABLE memberships (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    position bigint NOT NULL,
    prospect_id bytea NOT NULL,
    seen_by_job_id bytea NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, audience_id, position)
);
CREATE UNIQUE INDEX memberships_by_prospect ON memberships (account_group_id, prospect_id, audience_id);

-- An uploaded file, read once into chunks of rows (MessagePack: see files/chunks.py).
CREATE TABLE uploads (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    id bytea NOT NULL,
    columns text[] NOT NULL,
    suggested_mapping jsonb NOT NULL,
    row_count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (account_group_id, id)
);

CREATE TABLE upload_chunks (
    account_group_id bytea NOT NULL,
    upload_id bytea NOT NULL,
    first_row bigint NOT NULL,
    row_count integer NOT NULL,
    rows bytea NOT NULL,
    PRIMARY KEY (account_group_id, upload_id, first_row)
);
ALTER TABLE upload_chunks ALTER COLUMN rows SET STORAGE EXTERNAL;

-- position is the last source row that is done; it moves with everything the batch wrote.
CREATE TABLE prospecting_jobs (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    id bytea NOT NULL,
    source_type text NOT NULL,
    audience_id bytea NOT NULL,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    upload_id bytea NOT NULL,
    mapping jsonb NOT NULL,
    max_results bigint,
    search_emails boolean NOT NULL DEFAULT false,
    total_rows bigint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    already_member bigint NOT NULL DEFAULT 0,
    duplicate bigint NOT NULL DEFAULT 0,
    invalid bigint NOT NULL DEFAULT 0,
    over_limit bigint NOT NULL DEFAULT 0,
    import_status text NOT NULL DEFAULT 'queued',
    enrichment_status text NOT NULL DEFAULT 'queued',
    enrichment_details text,
    error_code text,
    error_message text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, id),
    CONSTRAINT prospecting_jobs_audience FOREIGN KEY (account_group_id, audience_id)
        REFERENCES audiences (account_group_id, id),
    CONSTRAINT prospecting_jobs_upload FOREIGN KEY (account_group_id, upload_id)
        REFERENCES uploads (account_group_id, id)
) WITH (fillfactor = 80);
CREATE INDEX prospecting_jobs_by_age ON prospecting_jobs (account_group_id, created_at, id);
CREATE INDEX prospecting_jobs_open ON prospecting_jobs (account_group_id, id)
    WHERE status IN ('queued', 'running');
CREATE INDEX prospecting_jobs_by_upload ON prospecting_jobs (account_group_id, upload_id);

-- The ledger: what became of every source row, exactly one outcome each.
CREATE TABLE prospecting_rows (
    account_group_id bytea NOT NULL,
    job_id bytea NOT NULL,
    row bigint NOT NULL,
    outcome text NOT NULL
        CHECK (outcome IN ('added', 'alreadyMember', 'duplicate', 'invalid', 'overLimit')),
    reason text,
    prospect_id bytea,
    PRIMARY KEY (account_group_id, job_id, row)
);
-- Most rows are added; the others are the ones people look for.
CREATE INDEX prospecting_rows_other ON prospecting_rows (account_group_id, job_id, outcome, row)
    WHERE outcome <> 'added';
