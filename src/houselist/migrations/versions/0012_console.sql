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
