"""Paging, as every list has it: bounds, cursors, and rows that come and go between two pages."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING, Any

import pytest

from houselist.paging import sign
from support.service import data, error, problems

if TYPE_CHECKING:
    from support.service import Api


async def pages(api: Api, limit: int) -> list[list[str]]:
    """All pages of the audiences, as ids."""
    found: list[list[str]] = []
    cursor = ""
    while True:
        page = data(await api.get(f"audiences?limit={limit}{cursor}"))
        found.append([item["id"] for item in page["items"]])
        assert page["hasMore"] is (page["nextCursor"] is not None)
        if not page["hasMore"]:
            return found
        cursor = f"&cursor={page['nextCursor']}"


async def test_pages_hold_as_many_as_asked_and_the_last_one_knows(api: Api) -> None:
    made = [(await api.make_audience(f"a{number}"))["id"] for number in range(7)][::-1]
    assert await pages(api, 3) == [made[:3], made[3:6], made[6:]]
    assert await pages(api, 7) == [made]
    assert await pages(api, 250) == [made]


async def test_fifty_is_the_default_and_250_the_most(api: Api) -> None:
    for number in range(51):
        await api.make_audience(f"a{number}")
    page = data(await api.get("audiences"))
    assert (len(page["items"]), page["hasMore"]) == (50, True)
    assert len(data(await api.get("audiences?limit=250"))["items"]) == 51
    assert len(data(await api.get(f"audiences?cursor={page['nextCursor']}"))["items"]) == 1


async def test_stayers_come_exactly_once_while_others_come_and_go(api: Api) -> None:
    made = [(await api.make_audience(f"a{number}"))["id"] for number in range(20)]
    chance = random.Random(7)
    to_come = made[::-1]  # the newest first
    seen: list[str] = []
    gone: set[str] = set()
    cursor = ""
    while True:
        page = data(await api.get(f"audiences?limit=3{cursor}"))
        shown = [item["id"] for item in page["items"]]
        assert shown == [each for each in to_come if each not in gone][:3]
        seen += shown
        if not page["hasMore"]:
            break
        to_come = to_come[to_come.index(shown[-1]) + 1 :]
        cursor = f"&cursor={page['nextCursor']}"
        # The row the cursor stands on goes as well, now and then.
        for victim in {page["items"][-1]["id"], chance.choice(made)} - gone:
            data(await api.delete(f"audiences/{victim}"))
            gone.add(victim)
        await api.make_audience(f"late {cursor[-8:]}")
    assert len(seen) == len(set(seen))
    stayers = set(made) - gone
    assert len(stayers) > 5
    assert len(set(seen) - stayers) > 5, "some go after they were shown"
    assert set(made) - set(seen), "some go before"
    assert stayers <= set(seen)
    assert set(seen) <= set(made)


async def test_an_altered_cursor_is_refused(api: Api) -> None:
    for number in range(2):
        await api.make_audience(f"a{number}")
    cursor: str = data(await api.get("audiences?limit=1"))["nextCursor"]
    for at in range(len(cursor)):
        other = "A" if cursor[at] != "A" else "B"
        altered = cursor[:at] + other + cursor[at + 1 :]
        assert set(problems(await api.get(f"audiences?cursor={altered}"))) == {"cursor"}, altered
    for altered in (
        cursor[:-1],
        cursor[1:],
        cursor + "A",
        cursor + "=",
        cursor * 2,
        cursor.swapcase(),
    ):
        assert set(problems(await api.get(f"audiences?cursor={altered}"))) == {"cursor"}, altered


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "null",
        "0",
        "%00",
        "%ff",
        "=",
        "a b",
        "AAAAAAAAAAAA",
        "é",
        "x" * 5000,
        "../..",
        "1;SELECT",
    ],
)
async def test_garbage_is_no_cursor(api: Api, cursor: str) -> None:
    assert "cursor" in problems(await api.get(f"audiences?cursor={cursor}"))


def forged(scope: str, wanted: int) -> dict[str, int]:
    """Cursors whose tag is right but whose payload nobody ever handed out, and their statuses.

    `wanted`: of how many bytes the list's payloads are.
    """
    payloads = [
        b"",
        b"\0",
        b"\0" * 8,
        b"\xff" * 20,
        b"\x7f" + b"\xff" * 19,
        b"\x80" + b"\0" * 19,
        b"\0" * 21,
        b"\0" * 100,
    ]
    # Twenty bytes may also name a moment that no calendar has.
    fine = [each for each in payloads if len(each) == wanted and each[:1] not in (b"\x7f", b"\x80")]
    assert fine
    return {sign(scope, payload): 200 if payload in fine else 400 for payload in payloads}


async def test_a_forged_cursor_does_no_harm(api: Api) -> None:
    made = await api.make_audience()
    group = api.tenant.account_group_id
    for url, scope, wanted in (
        ("audiences", f"audiences/{group}", 20),
        (f"audiences/{made['id']}/prospects", f"prospects/{group}/{made['id']}", 8),
    ):
        for cursor, status in forged(scope, wanted).items():
            response = await api.get(f"{url}?cursor={cursor}")
            assert response.status_code == status, (url, base64.urlsafe_b64decode(cursor + "=="))


async def test_a_cursor_of_another_tenant_is_refused(api: Api, stranger: Api) -> None:
    cursors: list[Any] = []
    for each in (api, stranger):
        for number in range(2):
            await each.make_audience(f"a{number}")
        cursors.append(data(await each.get("audiences?limit=1"))["nextCursor"])
    assert set(problems(await api.get(f"audiences?cursor={cursors[1]}"))) == {"cursor"}
    assert set(problems(await stranger.get(f"audiences?cursor={cursors[0]}"))) == {"cursor"}
    error(await stranger.get(f"{api.base_url}audiences?cursor={cursors[0]}"), 404, "NOT_FOUND")
