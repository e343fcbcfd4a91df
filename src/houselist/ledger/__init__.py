"""What a batch of a job writes: people, memberships, and one outcome for every row."""
