"""`--pace` and working hours of `houselist providers connect`: what is kept, shown and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.cli.out import UsageError
from houselist.cli.pacing import PaceTyped
from houselist.connections.pace import Pauses, WorkingHours
from support.connecting import row, usual

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.server import FakeUnipile
    from support.cli import Ended

    Command = Callable[..., Ended]

PACE = ("pace", "workingHours", "workingDays", "timeZone")
EVERY_DAY = tuple(range(7))


def test_pace_and_hours_are_kept_shown_and_replaced_the_next_time(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    more = ["--pace", "20-60", "--working-hours", "09:00-18:00", "--working-days", "mon-fri"]
    told = providers(*usual(group, fake, *more, "--time-zone", "europe/berlin", "--json"))
    shown = {name: told.expect(0).json[name] for name in told.json if name in PACE}
    assert shown == {
        "pace": "20-60",
        "workingHours": "09:00-18:00",
        "workingDays": "mon-fri",
        "timeZone": "Europe/Berlin",
    }
    (listed,) = [line for line in providers("list").expect(0).out.splitlines() if group in line]
    assert "20-60 s  09:00-18:00 mon-fri Europe/Berlin" in listed
    assert providers("check", "--account", group, "--json").expect(0).json["pace"] == "20-60"
    # Whoever wants no pause need not know the default.
    told = providers(*usual(group, fake, "--pace", "off", "--json")).expect(0)
    assert [told.json[name] for name in PACE] == [None] * 4
    (listed,) = [line for line in providers("list").expect(0).out.splitlines() if group in line]
    assert listed.endswith("-     -")
    assert row(database, group)["next_call_at"] is None


@pytest.mark.parametrize(
    ("typed", "pauses"),
    [
        (None, None),
        ("off", None),
        (" OFF ", None),
        ("20-60", Pauses(20, 60)),
        ("20 \u2013 60", Pauses(20, 60)),
        ("20s-60s", Pauses(20, 60)),
        ("0.2-0.4", Pauses(0.2, 0.4)),
        ("0-5", Pauses(0, 5)),
        ("30-30", Pauses(30, 30)),
        ("20-3600", Pauses(20, 3600)),
    ],
)
def test_pauses_as_people_type_them(typed: str | None, pauses: Pauses | None) -> None:
    assert PaceTyped(pace=typed).read().pauses == pauses


NO_PAUSES = (
    *("", "20", "60-20", "-20-60", "0-0", "20-3601", "a-b", "1e1-2e1", "20-60-90", "\u0662-\u0663"),
    *("1-" + "9" * 100_000, "none", "nan-inf", "20-60m"),
)
NO_HOURS = (
    *("", "9-18", "09:00", "09:00-09:00", "25:00-26:00", "24:00-06:00", "09:60-18:00"),
    *("09:00-24:01", "9am-6pm", "00:00-00:00", "09:00-18:00" * 20_000),
)
NO_DAYS = ("", "monday", "mon-", "mon-fry", "-fri", "mon,,tue", "1-5", "mon," * 30_000)
NO_ZONES = ("", "Berlin", "CEST+1", "../etc/passwd", "/etc/passwd", "a" * 100_000)


@pytest.mark.parametrize("typed", NO_PAUSES)
def test_pauses_that_are_none_are_wrong_usage(typed: str) -> None:
    with pytest.raises(UsageError, match="--pace") as told:
        PaceTyped(pace=typed).read()
    assert len(str(told.value)) < 300


@pytest.mark.parametrize(
    ("hours", "days", "zone", "kept"),
    [
        ("09:00-18:00", None, None, WorkingHours(540, 1080, EVERY_DAY, "UTC")),
        ("9:00 \u2014 18:00", None, "UTC", WorkingHours(540, 1080, EVERY_DAY, "UTC")),
        ("22:00-06:00", None, None, WorkingHours(1320, 360, EVERY_DAY, "UTC")),
        ("00:00-24:00", "sat", None, WorkingHours(0, 1440, (5,), "UTC")),
        ("18:00-00:00", None, None, WorkingHours(1080, 1440, EVERY_DAY, "UTC")),
        (None, "Mon-Fri", "asia/tokyo", WorkingHours(0, 1440, (0, 1, 2, 3, 4), "Asia/Tokyo")),
        ("09:00-18:00", "mon, wed,FRI", None, WorkingHours(540, 1080, (0, 2, 4), "UTC")),
        (
            "09:00-18:00",
            "sat-mon,thu",
            "America/New York",
            WorkingHours(540, 1080, (0, 3, 5, 6), "America/New_York"),
        ),
        ("off", None, None, None),
        (None, None, None, None),
    ],
)
def test_working_hours_as_people_type_them(
    hours: str | None, days: str | None, zone: str | None, kept: WorkingHours | None
) -> None:
    typed = PaceTyped(working_hours=hours, working_days=days, time_zone=zone)
    assert typed.read().hours == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        *((PaceTyped(working_hours=text), "--working-hours") for text in NO_HOURS),
        *((PaceTyped(working_days=text), "--working-days") for text in NO_DAYS),
        *((PaceTyped(working_days="mon", time_zone=text), "--time-zone") for text in NO_ZONES),
        (PaceTyped(time_zone="Europe/Berlin"), "--time-zone"),
        (PaceTyped(working_hours="off", working_days="mon"), "one of them"),
    ],
)
def test_working_hours_that_are_none_are_wrong_usage(typed: PaceTyped, words: str) -> None:
    with pytest.raises(UsageError, match=words) as told:
        typed.read()
    assert len(str(told.value)) < 400


def test_what_is_wrong_changes_nothing(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    assert "20-60" in providers(*usual(group, fake, "--pace", "fast")).expect(2).err
    assert row(database, group) is None
    assert not fake.stats.calls
