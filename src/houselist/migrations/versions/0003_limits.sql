-- What an account group may have; null: the default (quotas/shapes.py). stored_bytes is the sum of its
-- complete uploads', counted whether there are limits or not.
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

-- Counted from now on: uploads of before have 0, and go with their time.
ALTER TABLE uploads
    ADD COLUMN stored_bytes bigint NOT NULL DEFAULT 0,
    ADD COLUMN let_go_at timestamptz,
    ADD COLUMN purged_at timestamptz;
CREATE INDEX uploads_kept_by_age ON uploads (created_at, account_group_id, id) WHERE purged_at IS NULL;
CREATE INDEX uploads_arriving ON uploads (account_group_id, id) WHERE completed_at IS NULL;

-- The order of columns that serve one field is kept. What older processes write is cast.
ALTER TABLE uploads ALTER COLUMN suggested_mapping TYPE json;
ALTER TABLE prospecting_jobs ALTER COLUMN mapping TYPE json;
