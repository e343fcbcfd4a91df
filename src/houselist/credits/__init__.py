"""Plans and credits of account groups, and the ledger that records every change of credits."""
