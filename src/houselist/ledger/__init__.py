"""What a batch of a job writes: people, memberships, and the ledger with one outcome for every row."""
