-- The account group's people in the order in which they became known.
CREATE INDEX prospects_by_age ON prospects (account_group_id, created_at, id);

-- noted: how many of the versions were made by processes that leave word in search_pending. The others
-- were made by older ones, so that more of them mean people whom nobody has told the search of.
ALTER TABLE people_versions ADD COLUMN noted bigint NOT NULL DEFAULT 0;
INSERT INTO people_versions (account_group_id, version) SELECT id, 0 FROM account_groups
    ON CONFLICT DO NOTHING;

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
