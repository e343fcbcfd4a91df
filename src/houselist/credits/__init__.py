"""Plans and credits of account groups, and the ledger that every credit's movement stands in."""
