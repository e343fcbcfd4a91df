"""The ledger of a job as people see it: what became of each row of its source."""
