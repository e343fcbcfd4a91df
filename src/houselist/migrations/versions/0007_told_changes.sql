-- Statements that change a job count its version up and tell of the change themselves, because on a
-- cluster a trigger would run where nobody listens. The trigger is left for processes of an older
-- version that still run during an upgrade: it does nothing where the version was counted up. A later
-- revision drops it; a database that is distributed has none.
CREATE OR REPLACE FUNCTION houselist_job_changed() RETURNS trigger AS $$
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
