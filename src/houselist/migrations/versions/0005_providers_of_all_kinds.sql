-- Each provider counts kinds of its own.
ALTER TABLE provider_budgets DROP CONSTRAINT provider_budgets_kind_check;
