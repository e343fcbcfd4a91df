"""Safe retries of a write: the first answer under an Idempotency-Key is kept and given again."""
