"""How fast Houselist is, against the least that any service with its data would have to do."""
