"""Which tables there are, and how a cluster of several PostgreSQL servers (Citus) keeps each. Pure.

A test holds the lists to the schema: a table of a new revision has to be put on one of them.
"""

from __future__ import annotations

# What tables are distributed by: all rows of an account group are on one server.
TENANT = "account_group_id"

# Small, and the same on each server: they are asked about before any account group is known, or
# have a key that must hold over all account groups. Each after those that its foreign keys name.
SHARED = (
    "account_groups",
    "api_keys",
    "api_key_account_groups",
    "console_sessions",
    "provider_connections",
)

# Distributed by the account group, each after those that its foreign keys name.
DISTRIBUTED = (
    "idempotency_keys",
    "folders",
    "audiences",
    "prospects",
    "prospect_identities",
    "prospect_merges",
    "people_versions",
    "search_texts",
    "search_values",
    "search_pending",
    "search_groups",
    "memberships",
    "audience_lists",
    "left_members",
    "membership_spans",
    "audience_days",
    "value_changes",
    "uploads",
    "upload_chunks",
    "prospecting_jobs",
    "prospecting_rows",
    "held_back_look_ups",
    "dry_run_people",
    "dry_run_identities",
    "provider_budgets",
    "directories",
    "directory_people",
    "directory_sources",
    "account_plans",
    "account_limits",
    "credit_entries",
    "audience_schedules",
)

# What to ask about where there is none: no row has it as an id. With a null in the condition of an
# outer join, a cluster knows that nothing joins, and then refuses to plan the statement.
NO_ID = b""

# On the coordinator alone: PgQueuer's, which looks for work over all account groups, and Alembic's.
LOCAL = (
    "pgqueuer",
    "pgqueuer_log",
    "pgqueuer_schedules",
    "pgqueuer_statistics",
    "alembic_version",
)
