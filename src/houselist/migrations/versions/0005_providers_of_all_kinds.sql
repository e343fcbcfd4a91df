-- Each provider counts kinds of its own.
ALTER TABLE provider_budgets DROP CONSTRAINT provider_budgets_kind_check;

-- What a provider did not deliver is given back up to a bound. taken: how much the last statement took.
ALTER TABLE provider_budgets
    ADD COLUMN given_back bigint NOT NULL DEFAULT 0,
    ADD COLUMN taken bigint NOT NULL DEFAULT 0;

-- Pauses between two requests, and working hours.
ALTER TABLE provider_connections
    ADD COLUMN pace jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN next_call_at timestamptz;

-- Why a job waits, for programs: a check of the connection wakes only those that wait for it.
ALTER TABLE prospecting_jobs ADD COLUMN waiting_reason text;
UPDATE prospecting_jobs SET waiting_reason = CASE
        WHEN waiting_for LIKE 'Connect %' THEN 'connection'
        WHEN waiting_for LIKE 'The provider is throttled%' THEN 'throttled'
        WHEN waiting_for LIKE 'The provider failed%' THEN 'failed'
        ELSE 'budget' END
    WHERE waiting_for IS NOT NULL;
