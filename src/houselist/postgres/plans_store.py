"""How PostgreSQL plans statements that go by indexes, whatever it knows of the tables by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

# Until the tables are analyzed again, PostgreSQL takes an account group that has become large for
# one of no people, and goes through all of them for each of them. So of the ways to join, those are
# left that look one up by an index. Without the values it counts on as many people as groups have
# on average; a plan made for thousands of values would also estimate each of them. A cluster has to
# make its plans for the values: they say which server has the rows. And that server is told only of
# what is SET, where that is asked for, not of what set_config() sets; PostgreSQL alone takes no
# notice of what is asked of a cluster.
_BY_INDEX: Final = """
    SET LOCAL citus.propagate_set_commands TO 'local'; SET LOCAL enable_seqscan TO off;
    SET LOCAL enable_hashjoin TO off; SET LOCAL enable_mergejoin TO off;
    SELECT set_config('plan_cache_mode', CASE
        WHEN current_setting('citus.shard_count', true) IS NULL THEN 'force_generic_plan'
        ELSE 'auto' END, true)
"""


async def plan_by_index(connection: Connection) -> None:
    """Has the statements of the transaction planned so, from now on."""
    await connection.execute(_BY_INDEX)
