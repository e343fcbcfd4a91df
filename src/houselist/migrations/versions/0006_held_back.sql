-- What came of a job's look-ups beside found and not found, and how many there are to do.
-- refused_rows: the rows of the last refusals in a row; held_in_a_row counts the last profiles in part.
ALTER TABLE prospecting_jobs
    ADD COLUMN to_look_up bigint,
    ADD COLUMN look_ups_a_day bigint,
    ADD COLUMN refused bigint NOT NULL DEFAULT 0,
    ADD COLUMN refused_rows bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN held_back bigint NOT NULL DEFAULT 0,
    ADD COLUMN held_in_a_row integer NOT NULL DEFAULT 0,
    ADD COLUMN looked_up_in_part bigint NOT NULL DEFAULT 0;

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
