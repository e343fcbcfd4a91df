"""Filling an audience: one job from its source to its ledger, batch by batch. HTTP is elsewhere."""
