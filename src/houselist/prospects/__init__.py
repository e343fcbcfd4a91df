"""Prospects: people, each known once per account group, however many audiences hold them."""
