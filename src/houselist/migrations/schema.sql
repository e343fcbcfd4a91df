-- The whole schema in one place, for reading. The revisions in versions/ build it; a test compares
-- the two. Ids are 12 bytes (see ids.py). The account group is the first column of every key, so that
-- rows of two tenants can't meet and the tables can later be distributed by it.
-- The tables pgqueuer* belong to PgQueuer and are in versions/0001_queue.sql.

CREATE TABLE account_groups (
    id bytea PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- A key may open several account groups, so it belongs to none of them. Only its digest is kept.
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

-- Browsers that are signed in to the console with a key, and links that sign one in once. Only the
-- digests of their tokens are kept.
CREATE TABLE console_sessions (
    digest bytea PRIMARY KEY,
    key_id bytea NOT NULL REFERENCES api_keys (id),
    is_link boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX console_sessions_key ON console_sessions (key_id);
CREATE INDEX console_sessions_expires_at ON console_sessions (expires_at);

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
-- next_position numbers every change of the members, joins and leaves alike. Emptying an audience gives
-- it a new list of members: list_id is null until then, and its list has the id of the audience.
-- changed_at: when somebody last joined or left. history_since: before it nobody noted who left; null
-- for audiences that are younger than that.
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
    list_id bytea,
    changed_at timestamptz,
    history_since timestamptz,
    PRIMARY KEY (account_group_id, id),
    CONSTRAINT audiences_folder FOREIGN KEY (account_group_id, folder_id)
        REFERENCES folders (account_group_id, id) ON DELETE SET NULL (folder_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX audiences_name ON audiences (account_group_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX audiences_by_age ON audiences (account_group_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX audiences_to_purge ON audiences (account_group_id, id)
    WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX audiences_by_folder ON audiences (account_group_id, folder_id) WHERE folder_id IS NOT NULL;

-- Each person once. public_identifier is the LinkedIn slug; linkedin_id is the internal id with its
-- kind (`id:ACo…`, `sales:ACw…`, `rec:AEM…`, `num:…`). People whom a stronger identity tells apart may
-- share a provider_id or an email, so these are not unique. looked_up_at and email_sought_at say when
-- a provider was last asked for the profile and for an e-mail address. made_by: which row of which job,
-- or which key, the person is from; null for people from before it was noted.
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
    looked_up_at timestamptz,
    email_sought_at timestamptz,
    made_by_job_id bytea,
    made_by_row bigint,
    made_by_key_id bytea,
    PRIMARY KEY (account_group_id, id)
);
CREATE UNIQUE INDEX prospects_public_identifier ON prospects (account_group_id, public_identifier)
    WHERE public_identifier IS NOT NULL;
CREATE UNIQUE INDEX prospects_linkedin_id ON prospects (account_group_id, linkedin_id)
    WHERE linkedin_id IS NOT NULL;
CREATE INDEX prospects_provider_id ON prospects (account_group_id, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX prospects_email ON prospects (account_group_id, email) WHERE email IS NOT NULL;
CREATE INDEX prospects_by_age ON prospects (account_group_id, created_at, id);

-- A person's identities beyond the four columns above: former slugs, internal ids of other kinds, and
-- the identities of people who were merged into this one. kind is the column's name.
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

-- People who turned out to be another known person. Their row of prospects is gone; ledgers may still
-- name it. kept_id always names an existing person: if that one is merged too, kept_id is updated.
CREATE TABLE prospect_merges (
    account_group_id bytea NOT NULL,
    prospect_id bytea NOT NULL,
    kept_id bytea NOT NULL,
    job_id bytea,
    row bigint,
    merged_at timestamptz NOT NULL,
    key_id bytea,
    PRIMARY KEY (account_group_id, prospect_id)
);
CREATE INDEX prospect_merges_by_kept ON prospect_merges (account_group_id, kept_id);

-- How often the people of an account group and their memberships were changed under the lock of its
-- batches. What was looked up without the lock still holds if the version is the same.
-- noted: how many of the versions were made by processes that leave word in search_pending. The others
-- were made by older ones, so that more of them mean people whom nobody has told the search of.
-- people: how many there are. counted: the version of which that is true; another than `version` where
-- an older process made one, and a worker has yet to count anew.
CREATE TABLE people_versions (
    account_group_id bytea NOT NULL,
    version bigint NOT NULL,
    noted bigint NOT NULL DEFAULT 0,
    people bigint NOT NULL DEFAULT 0,
    counted bigint NOT NULL DEFAULT -1,
    PRIMARY KEY (account_group_id)
) WITH (fillfactor = 50);

-- What people are found and sorted by, in the form in which texts are compared (search/texts.py). A
-- worker writes it, after the people. '' is for what nobody knows. words: what the index of words
-- finds, with a blank between them (search/documents.py). company_hash and its like stand for a value
-- in search_values.
CREATE TABLE search_texts (
    account_group_id bytea NOT NULL,
    prospect_id bytea NOT NULL,
    company_hash bigint,
    title_hash bigint,
    location_hash bigint,
    name text COLLATE "C" NOT NULL,
    company text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    words text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_group_id, prospect_id)
);
CREATE INDEX search_texts_words ON search_texts
    USING gin (array_to_tsvector(string_to_array(words, ' '))) WITH (gin_pending_list_limit = 512);
CREATE INDEX search_texts_name ON search_texts (account_group_id, "left"(name, 80), prospect_id);
CREATE INDEX search_texts_company ON search_texts (account_group_id, "left"(company, 80), prospect_id);
CREATE INDEX search_texts_of_company ON search_texts (account_group_id, company_hash);
CREATE INDEX search_texts_of_title ON search_texts (account_group_id, title_hash);
CREATE INDEX search_texts_of_location ON search_texts (account_group_id, location_hash);

-- Each company, title and location once. parts: the index's words for all parts of three characters.
CREATE TABLE search_values (
    account_group_id bytea NOT NULL,
    field text NOT NULL CHECK (field IN ('company', 'title', 'location')),
    hash bigint NOT NULL,
    value text COLLATE "C" NOT NULL,
    parts tsvector NOT NULL,
    PRIMARY KEY (account_group_id, field, hash)
);
CREATE INDEX search_values_parts ON search_values USING gin (parts);

-- People who were made, changed or removed since they were written to search_texts: a row for each
-- transaction, with the version of the account group's people that it made. prospect_ids are packed.
CREATE TABLE search_pending (
    account_group_id bytea NOT NULL,
    version bigint NOT NULL,
    prospect_ids bytea NOT NULL,
    PRIMARY KEY (account_group_id, version)
);
ALTER TABLE search_pending ALTER COLUMN prospect_ids SET STORAGE EXTERNAL;

-- How far everybody of an account group was written to search_texts, in the order of ids, apart from
-- who is pending. unnoted: the versions that nobody had noted when that began.
CREATE TABLE search_groups (
    account_group_id bytea NOT NULL,
    written_to bytea NOT NULL,
    is_written boolean NOT NULL,
    unnoted bigint NOT NULL,
    PRIMARY KEY (account_group_id)
);

-- Who is in which audience, in the order they joined. audience_id is the id of the audience's list: its
-- own, until it is emptied. seen_by_job_id is the last job, or the last key, that met the person: it tells a duplicate row of the same job from an earlier member. last_seen_at
-- is when a later job found the person again; until then it is null, and added_at counts. A page is
-- half filled, so that a job which sees everybody again writes into it: no index changes then.
-- joined_number: with which number the person joined, where that is not the position, because somebody
-- who was merged into this person had that.
CREATE TABLE memberships (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    position bigint NOT NULL,
    prospect_id bytea NOT NULL,
    seen_by_job_id bytea NOT NULL,
    added_at timestamptz NOT NULL,
    last_seen_at timestamptz,
    joined_number bigint,
    PRIMARY KEY (account_group_id, audience_id, position)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX memberships_by_prospect ON memberships (account_group_id, prospect_id, audience_id);
CREATE INDEX memberships_by_number ON memberships (account_group_id, audience_id, joined_number)
    WHERE joined_number IS NOT NULL;

-- The lists of audiences that were emptied, the present one included. What a former list holds is
-- history: nobody joins or leaves it any more. Its members left at emptied_at, whoever joined at p with
-- the number emptied_number + p - first_position.
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

-- Who has left a list other than by emptying: their membership, when and with which number it ended,
-- and by whom. audience_id is the id of the list. was_merged: the person turned out to be another, who
-- has the earlier added_at of the two.
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

-- By which job or key people joined an audience, for each set of numbers that was given out together.
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

-- How many joined and left an audience on each day (UTC).
CREATE TABLE audience_days (
    account_group_id bytea NOT NULL,
    audience_id bytea NOT NULL,
    day date NOT NULL,
    joined bigint NOT NULL,
    departed bigint NOT NULL,
    PRIMARY KEY (account_group_id, audience_id, day)
) WITH (fillfactor = 80);

-- Each change of a person who was known: the columns that it changed, before and after. The version is
-- that of the account group's people (people_versions), number counts within it.
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
CREATE INDEX value_changes_by_age ON value_changes USING brin (at);

-- An uploaded file, read once into chunks of rows (MessagePack: see files/chunks.py). stored_bytes is
-- their size, 0 for uploads that are older than the column. After let_go_at an upload starts no more
-- jobs, and then its chunks are purged. Mappings are json, not jsonb, because the order of the columns
-- that fill one field matters.
CREATE TABLE uploads (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    id bytea NOT NULL,
    columns text[] NOT NULL,
    suggested_mapping json NOT NULL, -- json, not jsonb: the order of its columns counts
    row_count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    stored_bytes bigint NOT NULL DEFAULT 0,
    let_go_at timestamptz,
    purged_at timestamptz,
    read_as json, -- how the file was read: encoding, delimiter, sheet, notes, what spoke for the mapping
    PRIMARY KEY (account_group_id, id)
);

CREATE INDEX uploads_kept_by_age ON uploads (created_at, account_group_id, id) WHERE purged_at IS NULL;
CREATE INDEX uploads_arriving ON uploads (account_group_id, id) WHERE completed_at IS NULL;

CREATE TABLE upload_chunks (
    account_group_id bytea NOT NULL,
    upload_id bytea NOT NULL,
    first_row bigint NOT NULL,
    row_count integer NOT NULL,
    rows bytea NOT NULL,
    PRIMARY KEY (account_group_id, upload_id, first_row)
);
ALTER TABLE upload_chunks ALTER COLUMN rows SET STORAGE EXTERNAL;

-- position is the last source row that is done; it moves in the same transaction as all that the batch
-- wrote. question (the search query), cursor and waiting_until are for jobs that ask a provider, and
-- total_rows is then what the provider says. source_account is the provider's account that the cursor
-- belongs to. enriched_row is the last source row whose person was looked up. max_results limits the
-- people whom a provider's job finds, max_added those who join; it is null where credits don't count.
-- on_known says whether a row only fills a known person's empty fields or replaces them too.
-- to_look_up counts the people when the look-ups begin; looked_up, not_found, refused and held_back
-- are what came of them so far, look_ups_a_day what the account's budget allows, null for no limit.
-- refused_rows: the rows of the last refusals in a row; held_in_a_row counts the last profiles in part.
-- key_id: which key started it. A dry run writes nobody; for a new audience it has none. undoes_job_id:
-- the job that it takes back, where removed counts who left, and kept who stays. snapshot: of which
-- audiences a combination is, and up to which of their changes.
CREATE TABLE prospecting_jobs (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    id bytea NOT NULL,
    source_type text NOT NULL,
    audience_id bytea,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    upload_id bytea NOT NULL,
    mapping json NOT NULL, -- json, not jsonb: the order of its columns counts
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
    question jsonb,
    asked_results bigint,
    max_added bigint,
    source_account text,
    cursor text,
    made_audience boolean NOT NULL DEFAULT false,
    started_at timestamptz,
    progress double precision NOT NULL DEFAULT 0,
    import_details text,
    waiting_until timestamptz,
    waiting_for text,
    retries integer NOT NULL DEFAULT 0,
    enriched_row bigint NOT NULL DEFAULT 0,
    looked_up bigint NOT NULL DEFAULT 0,
    not_found bigint NOT NULL DEFAULT 0,
    emails_charged bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    on_known text NOT NULL DEFAULT 'fill' CHECK (on_known IN ('fill', 'update')),
    waiting_reason text,
    to_look_up bigint,
    look_ups_a_day bigint,
    refused bigint NOT NULL DEFAULT 0,
    refused_rows bigint[] NOT NULL DEFAULT '{}',
    held_back bigint NOT NULL DEFAULT 0,
    held_in_a_row integer NOT NULL DEFAULT 0,
    looked_up_in_part bigint NOT NULL DEFAULT 0,
    key_id bytea,
    dry_run boolean NOT NULL DEFAULT false,
    undoes_job_id bytea,
    snapshot jsonb,
    removed bigint NOT NULL DEFAULT 0,
    kept bigint NOT NULL DEFAULT 0,
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
CREATE INDEX prospecting_jobs_by_audience ON prospecting_jobs (account_group_id, audience_id, created_at, id);
CREATE UNIQUE INDEX prospecting_jobs_undone ON prospecting_jobs (account_group_id, undoes_job_id)
    WHERE undoes_job_id IS NOT NULL;
CREATE INDEX prospecting_jobs_dry_runs ON prospecting_jobs (account_group_id, updated_at, id) WHERE dry_run;

-- Statements count the version up and tell of the change themselves (jobs/changes_store.py). This is for
-- processes of an older version that run during an upgrade; a database that is distributed has none.
CREATE FUNCTION houselist_job_changed() RETURNS trigger AS $$
BEGIN
    IF NEW.version = OLD.version THEN
        NEW.version := OLD.version + 1;
        PERFORM pg_notify(
            'houselist_jobs', encode(NEW.account_group_id, 'hex') || '/' || encode(NEW.id, 'hex')
        );
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER prospecting_jobs_changed BEFORE UPDATE ON prospecting_jobs
    FOR EACH ROW EXECUTE FUNCTION houselist_job_changed();

-- The ledger: exactly one outcome for every source row.
CREATE TABLE prospecting_rows (
    account_group_id bytea NOT NULL,
    job_id bytea NOT NULL,
    row bigint NOT NULL,
    outcome text NOT NULL CHECK (outcome IN
        ('added', 'alreadyMember', 'duplicate', 'invalid', 'overLimit', 'removed', 'kept')),
    reason text,
    prospect_id bytea,
    PRIMARY KEY (account_group_id, job_id, row)
);
-- Most rows are added; people look for the others.
CREATE INDEX prospecting_rows_other ON prospecting_rows (account_group_id, job_id, outcome, row)
    WHERE outcome <> 'added';

-- The people of a job of whom the provider held parts back, each until it is asked again. Nobody is
-- asked for them before again_at. former_reason is the row's without what is said of this.
CREATE TABLE held_back_look_ups (
    account_group_id bytea NOT NULL,
    job_id bytea NOT NULL,
    row bigint NOT NULL,
    prospect_id bytea NOT NULL,
    former_reason text,
    tries integer NOT NULL DEFAULT 1,
    again_at timestamptz NOT NULL,
    held_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id, job_id, row)
);
CREATE INDEX held_back_look_ups_by_prospect ON held_back_look_ups (account_group_id, prospect_id);
CREATE INDEX held_back_look_ups_due ON held_back_look_ups (again_at);

-- Whom a dry run has met so far: people whom it would make (is_new), and known ones as it would leave
-- them, with what tells who a row is about: identities, and names for what is said of a shared address.
-- is_gone: who would turn out to be another. others, as JSON, are those of dry_run_identities.
-- A worker removes them when the dry run is over.
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

-- One connection per account group. sealed_key is encrypted (connections/secrets.py). pace: pauses and
-- working hours (connections/pace.py); no job asks before next_call_at.
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
    pace jsonb NOT NULL DEFAULT '{}',
    next_call_at timestamptz,
    PRIMARY KEY (account_group_id)
);
-- A provider's account has one budget a day, whoever uses it.
CREATE UNIQUE INDEX provider_connections_account
    ON provider_connections (provider, base_url, provider_account_id);

-- How much of a day's budget has been used. The day is a UTC date; each provider has kinds of its own.
-- given_back: how much of it the provider did not deliver; taken: how much the last statement took.
CREATE TABLE provider_budgets (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    day date NOT NULL,
    kind text NOT NULL,
    used bigint NOT NULL CHECK (used >= 0),
    given_back bigint NOT NULL DEFAULT 0,
    taken bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_group_id, day, kind)
) WITH (fillfactor = 80);

-- The directory of each account group. people counts the rows of directory_people; next_number is for
-- the next person, lead list or saved search, and none is used twice. A change of people locks this row.
CREATE TABLE directories (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    people bigint NOT NULL DEFAULT 0,
    next_number bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (account_group_id)
);

-- Its people, loaded by `houselist directory load`; they have the same identities as prospects.
-- document holds all that can be searched for, lists and network included (directory/lexemes.py).
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
    -- Checked at the end of a statement, which may pass an identity from one person to another.
    CONSTRAINT directory_people_public_identifier UNIQUE (account_group_id, public_identifier)
        DEFERRABLE,
    CONSTRAINT directory_people_linkedin_id UNIQUE (account_group_id, linkedin_id) DEFERRABLE
);
CREATE INDEX directory_people_provider_id ON directory_people (account_group_id, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX directory_people_email ON directory_people (account_group_id, email)
    WHERE email IS NOT NULL;
CREATE INDEX directory_people_document ON directory_people USING gin (document);

-- The directory's lead lists and saved searches, named as in Sales Navigator. A saved search has its
-- address; a lead list counts its people.
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

-- An account group's plan. max_results null: no limit. Credits count only where `metered` is true;
-- they are always the sum of the entries.
CREATE TABLE account_plans (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    max_results bigint CHECK (max_results > 0),
    metered boolean NOT NULL DEFAULT false,
    credits bigint NOT NULL DEFAULT 0 CHECK (credits >= 0),
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id)
);

-- How much an account group may have; null: the default (accounts/quotas.py). stored_bytes is the sum
-- over its complete uploads, kept whether there are limits or not.
CREATE TABLE account_limits (
    account_group_id bytea NOT NULL REFERENCES account_groups (id),
    upload_bytes bigint CHECK (upload_bytes >= 0),
    audiences bigint CHECK (audiences >= 0),
    folders bigint CHECK (folders >= 0),
    jobs bigint CHECK (jobs >= 0),
    stored_bytes bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_group_id)
);

-- Every change of an account group's credits, never altered later; `balance` is what is left after it.
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

-- When a monitoring audience is filled again from the source of its last job.
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
