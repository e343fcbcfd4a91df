"""How PostgreSQL plans statements that go by indexes, whatever it knows of the tables by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

# Until the tables are analyzed again, PostgreSQL takes an account group that has become large for
# one of no people, and goes through all of them for each of them. Without the values it counts on
# as many as groups have on average; and of the ways to join, those are left that look one up by an
# index. A plan made for thousands of values would also estimate each of them. A cluster has to make
# its plans for the values: they say which server has the rows.
_FOR_ANY_VALUES: Final = """
    set_config('plan_cache_mode', CASE WHEN current_setting('citus.shard_count', true) IS NULL
        THEN 'force_generic_plan' ELSE 'auto' END, true)
"""
BY_INDEX: Final = f"""
    {_FOR_ANY_VALUES},
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)
"""
# The same, also for the server with the rows on a cluster: it is told of what is SET, where that is
# asked for, but not of what set_config() sets. PostgreSQL alone takes no notice.
_THERE_TOO: Final = """
    SET LOCAL citus.propagate_set_commands TO 'local'; SET LOCAL enable_seqscan TO off;
    SET LOCAL enable_hashjoin TO off; SET LOCAL enable_mergejoin TO off
"""


async def plan_by_index(connection: Connection) -> None:
    """Has the statements of the transaction planned so, from now on."""
    await connection.execute(f"{_THERE_TOO}; SELECT {_FOR_ANY_VALUES}")
