"""`houselist accounts`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.cli import Ended

    Command = Callable[..., Ended]


def test_create_prints_the_account_group_as_one_json_object(houselist: Command) -> None:
    made = houselist("accounts", "create", "Müller & Söhne", "--json").expect(0)
    assert list(made.json) == ["id", "name", "createdAt"]
    assert re.fullmatch(r"[0-9a-f]{24}", made.json["id"])
    assert made.json["name"] == "Müller & Söhne"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made.json["createdAt"])
    assert made.err == ""


def test_list_shows_them_oldest_first(houselist: Command) -> None:
    first = houselist("accounts", "create", "First", "--json").expect(0).json
    second = houselist("accounts", "create", "Second", "--json").expect(0).json
    assert houselist("accounts", "list", "--json").expect(0).json["items"][-2:] == [first, second]
    lines = houselist("accounts", "list").expect(0).out.splitlines()
    assert lines[0].split() == ["ID", "CREATED", "NAME"]
    assert lines[-1].split() == [second["id"], second["createdAt"], "Second"]


def test_a_name_that_is_none_is_refused(houselist: Command) -> None:
    for name in ("", "   ", "x" * 201, "a\x00b"):
        assert "name" in houselist("accounts", "create", name).expect(2).err
