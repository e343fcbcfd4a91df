"""`houselist accounts limits`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from houselist.ids import new_id
from support.cli import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.cli import Ended

    Command = Callable[..., Ended]

DEFAULTS = {"uploadBytes": 10 << 30, "audiences": 10_000, "folders": 1_000, "jobs": 100}
NOTHING = {"uploadBytes": 0, "audiences": 0, "folders": 0, "jobs": 0}


@pytest.fixture
def group(database: str) -> str:
    """An account group without limits of its own, one of several."""
    group = new_id().hex()
    execute(database, f"INSERT INTO account_groups VALUES ('\\x{group}', 'Acme', now())")
    return group


def test_an_account_group_has_the_defaults_unless_set(
    houselist: Command, group: str, database: str
) -> None:
    told = houselist("accounts", "limits", "--account", group, "--json").expect(0)
    assert told.json == {"accountGroupId": group, **DEFAULTS, "used": NOTHING}
    words = houselist("accounts", "limits", "--account", group).expect(0).out
    for part in (group, "10 GiB", "10,000", "1,000", "unfinished jobs"):
        assert part in words
    # Looking makes nothing.
    where = f"WHERE account_group_id = '\\x{group}'"
    assert execute(database, f"SELECT 1 FROM account_limits {where}") == []


def test_each_limit_is_set_alone_and_goes_back_to_the_default(
    houselist: Command, group: str
) -> None:
    def limits(*more: str) -> Any:
        told = houselist("accounts", "limits", "--account", group, *more, "--json").expect(0).json
        return {name: told[name] for name in DEFAULTS}

    assert limits("--audiences", "20000") == {**DEFAULTS, "audiences": 20_000}
    assert limits("--uploads", "1.5GiB", "--jobs", "0") == {
        "uploadBytes": 1536 << 20,
        "audiences": 20_000,
        "folders": 1_000,
        "jobs": 0,
    }
    assert limits("--folders", "1,234")["folders"] == 1234
    assert limits("--audiences", "default", "--jobs", "default", "--folders", "default") == {
        **DEFAULTS,
        "uploadBytes": 1536 << 20,
    }
    assert limits("--uploads", "default") == DEFAULTS


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("10b", 10),
        ("7 bytes", 7),
        ("2k", 2048),
        ("500MiB", 500 << 20),
        ("20 GB", 20 << 30),
        ("1tib", 1 << 40),
    ],
)
def test_sizes_are_read_as_people_write_them(
    houselist: Command, group: str, text: str, size: int
) -> None:
    told = houselist("accounts", "limits", "--account", group, "--uploads", text, "--json")
    assert told.expect(0).json["uploadBytes"] == size


@pytest.mark.parametrize(
    "more",
    [
        ("--uploads", "much"),
        ("--uploads", "-1"),
        ("--uploads", "10XB"),
        ("--uploads", "1025TiB"),
        ("--uploads", ""),
        ("--uploads", "9" * 1000),
        ("--audiences", "-1"),
        ("--audiences", "1000001"),
        ("--folders", "many"),
        ("--jobs", "1.5"),
        ("--jobs", "٣"),
        ("--jobs", "9" * 5000),
    ],
)
def test_what_is_no_limit_is_refused_in_words(
    houselist: Command, group: str, more: tuple[str, str]
) -> None:
    told = houselist("accounts", "limits", "--account", group, *more).expect(2)
    assert more[0] in told.err
    assert "Traceback" not in told.err
    assert len(told.err) < 400
