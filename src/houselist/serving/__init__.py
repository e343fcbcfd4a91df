"""`houselist serve` from the inside: one supervisor, its API processes, and its job worker."""
