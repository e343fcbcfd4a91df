"""Account groups: the tenants. Everything else belongs to exactly one of them."""
