"""`houselist migrate --distribute` where there is no cluster: what it says, and that nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.cli import execute, fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.cli import Ended


def test_a_server_without_citus_is_refused_before_anything_is_changed(
    houselist: Callable[..., Ended], server_dsn: str
) -> None:
    with fresh_database(server_dsn, migrated=False) as dsn:
        if execute(dsn, "SELECT FROM pg_available_extensions WHERE name = 'citus'"):
            pytest.skip("this server has Citus")
        refused = houselist("migrate", "--distribute", database_url=dsn).expect(1)
        assert "does not have Citus" in refused.err
        assert refused.out == ""
        assert not execute(dsn, "SELECT FROM pg_tables WHERE schemaname = 'public'")


def test_the_embedded_server_is_refused(
    houselist: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOUSELIST_DATABASE_URL")
    refused = houselist("migrate", "--distribute").expect(2)
    assert "set HOUSELIST_DATABASE_URL to the coordinator" in refused.err


def test_a_database_out_of_reach_is_told_as_ever(houselist: Callable[..., Ended]) -> None:
    url = "postgresql://somebody:hunter2@127.0.0.1:1/houselist"
    told = houselist("migrate", "--distribute", database_url=url).expect(1)
    assert "can't be reached" in told.err
    assert "hunter2" not in told.err
