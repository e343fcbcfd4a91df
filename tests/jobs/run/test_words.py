"""Every wait and every end in words: why, what to do with which command, and until when. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.connections.pace import Pace, Pauses, WorkingHours
from houselist.envelope import for_people, waits_until
from houselist.jobs import told
from houselist.jobs.run.enrichment import held_back_in_a_row
from houselist.jobs.run.forecast import people_a_day
from houselist.jobs.run.looked_up import MAX_TRIES, Came, read, seconds_until_again
from houselist.jobs.run.waits import (
    MAX_BROKEN,
    MAX_WAITS,
    End,
    ManyHeldBack,
    Wait,
    Whose,
    after,
    refused_in_a_row,
    stopped,
)
from houselist.providers.base import (
    Broken,
    LookedUp,
    NotAllowed,
    NotAtProvider,
    ProviderError,
    ProviderPerson,
    QuotaSpent,
    ReconnectNeeded,
    Resting,
    TryLater,
    UserError,
)

GROUP = "69b926d5a3d96f10b2c4f31b"
OURS, NOBODYS = Whose(GROUP, "unipile"), Whose(GROUP, None)
LATER = datetime(2026, 11, 26, tzinfo=UTC)
CHECK = f"`houselist providers check --account {GROUP}`"
CONNECT = f"`houselist providers connect unipile --account {GROUP}`"
RECONNECT = (
    f"Connect the provider's account again: Unipile: Disconnected account. Once that is done, run"
    f" {CHECK}, and the job goes on at once. For another key or account, run {CONNECT}. The job"
    " tries again by itself at"
)


@pytest.mark.parametrize(
    ("error", "retries", "wait"),
    [
        (
            QuotaSpent("The day's budget is used up: 100 profiles.", LATER, "profiles"),
            99,
            Wait(
                "The day's budget is used up: 100 profiles. `houselist providers connect unipile"
                f" --account {GROUP} --daily profiles=NUMBER` raises it, if the account can take"
                " more. The job goes on by itself at",
                until=LATER,
            ),
        ),
        (
            QuotaSpent("Unipile: Limit exceeded.", LATER),
            0,
            Wait(
                "The provider's own limit is reached: Unipile: Limit exceeded. There is nothing to"
                " do. The job goes on by itself at",
                until=LATER,
            ),
        ),
        (
            TryLater("Unipile: Too many requests", LATER),
            9,
            Wait(
                "The account needs a pause: Unipile: Too many requests. There is nothing to do."
                " The job goes on by itself at",
                until=LATER,
            ),
        ),
        (
            TryLater("The account is busy with another request."),
            0,
            Wait(
                "The account needs a pause: The account is busy with another request. There is"
                " nothing to do. The job goes on by itself at",
                seconds=900.0,
                counted=True,
            ),
        ),
        (
            ManyHeldBack(3),
            1,
            Wait(
                "The account needs a pause: LinkedIn held back parts of the last 3 profiles. There"
                " is nothing to do. The job goes on by itself at",
                seconds=1800.0,
                counted=True,
            ),
        ),
        (
            Resting("The account works 09:00-18:00 mon-fri UTC (--working-hours).", LATER),
            3,
            Wait(
                "The account works 09:00-18:00 mon-fri UTC (--working-hours). There is nothing to"
                " do. The job goes on by itself at",
                until=LATER,
            ),
        ),
        (
            ReconnectNeeded("Unipile: Disconnected account."),
            999,
            Wait(RECONNECT, seconds=3600.0),
        ),
        (
            Broken("Unipile: Unexpected error.", again=True),
            5,
            Wait(
                f"The provider failed: Unipile: Unexpected error. If that lasts, run {CHECK}. The"
                " job tries again by itself at",
                seconds=1920.0,
                counted=True,
            ),
        ),
        (
            Broken("Unipile's response is not as documented.", again=False),
            MAX_BROKEN - 1,
            Wait(
                "The provider failed: Unipile's response is not as documented. If that lasts, run"
                f" {CHECK}. The job tries again by itself at",
                seconds=3600.0,
                counted=True,
            ),
        ),
    ],
)
def test_a_wait_says_why_and_what_to_do(error: ProviderError, retries: int, wait: Wait) -> None:
    assert after(error, retries, OURS) == wait
    assert waits_until(wait.words, LATER).endswith(" by itself at 2026-11-26 00:00 UTC.")


def test_a_job_without_a_connection_names_the_command_that_makes_one() -> None:
    wait = after(ReconnectNeeded("none is connected any more."), 0, NOBODYS)
    assert f"Run `houselist providers connect PROVIDER --account {GROUP}`" in wait.words
    assert "providers check" not in wait.words


@pytest.mark.parametrize(
    ("error", "retries", "end"),
    [
        (UserError("Unipile: Invalid url"), 0, End("SOURCE_REFUSED", "Unipile: Invalid url.")),
        (NotAtProvider("It is gone."), 0, End("SOURCE_NOT_FOUND", "It is gone.")),
        (
            Broken("It is down.", again=True),
            MAX_WAITS,
            End(
                "PROVIDER_FAILED",
                f"The provider failed too often: It is down. Once {CHECK} says that it works,"
                " start the job again.",
            ),
        ),
    ],
)
def test_an_end_says_why(error: ProviderError, retries: int, end: End) -> None:
    assert after(error, retries, OURS) == end


def test_waits_grow_up_to_an_hour() -> None:
    for error, first in ((Broken("down", again=True), 60.0), (TryLater("busy"), 900.0)):
        waits = [after(error, retries, OURS) for retries in range(MAX_WAITS)]
        seconds = [each.seconds for each in waits if isinstance(each, Wait) and each.seconds]
        assert len(seconds) == MAX_WAITS
        assert (seconds[0], seconds[1], seconds[-1]) == (first, 2 * first, 3600.0)
        assert seconds == sorted(seconds)


def test_a_stage_that_stopped_says_what_to_do() -> None:
    assert stopped(NotAllowed("Unipile: Feature not subscribed"), OURS) == (
        "The look-ups stopped: Unipile: Feature not subscribed. The account may not look people up:"
        " its plan or its rights at the provider don't cover it. Have them changed there, then"
        " start a job with the same source and audience: it looks up those who are left. Everybody"
        " who was imported stays."
    )
    assert CHECK in stopped(UserError("no"), OURS)
    words = refused_in_a_row(10, "could not be looked up: Unipile: Invalid parameters", OURS)
    assert "the last 10 people" in words
    assert "Unipile: Invalid parameters. " in words
    assert CHECK in words


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("2026-11-30T00:00:00+00:00", "2026-11-30 00:00 UTC"),
        ("2026-11-29T23:59:00.001+00:00", "2026-11-30 00:00 UTC"),
        ("2026-11-30T01:30:00+02:00", "2026-11-29 23:30 UTC"),
    ],
)
def test_times_are_readable_and_never_too_early(given_: str, shown: str) -> None:
    assert for_people(moment(given_)) == shown


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_time_is_at_most_a_minute_late(when: datetime) -> None:
    when = when.replace(tzinfo=UTC)
    shown = datetime.strptime(for_people(when), "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert when <= shown < when + timedelta(minutes=1)


def test_the_words_of_an_older_worker_are_told_too() -> None:
    words = waits_until("The provider failed: down.", LATER)
    assert words == "The provider failed: down. It goes on at 2026-11-26 00:00 UTC."


def now(**more: object) -> told.LookUps:
    none = dict.fromkeys(("looked_up", "in_part", "not_found", "refused", "held_back"), 0)
    rest = {"again_at": None, "to_look_up": None, "a_day": None, "shared": False, "over": False}
    return told.LookUps(**{**none, **rest, **more})


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (now(), None),
        (now(to_look_up=0, a_day=100), None),
        (now(to_look_up=40, a_day=100), "0 looked up, 0 not found, 40 left."),
        (
            now(to_look_up=2300, a_day=100),
            "0 looked up, 0 not found, 2,300 left: about 23 days at 100 a day.",
        ),
        (
            now(to_look_up=2300, a_day=100, looked_up=98, not_found=2, shared=True),
            (
                "98 looked up, 2 not found, 2,200 left: at least 22 days at 100 a day, which other jobs"
                " use as well."
            ),
        ),
        (
            now(to_look_up=101, a_day=100),
            "0 looked up, 0 not found, 101 left: about 2 days at 100 a day.",
        ),
        (now(to_look_up=2300), "0 looked up, 0 not found, 2,300 left."),
        (
            now(to_look_up=9, looked_up=3, refused=1, held_back=2),
            (
                "3 looked up, 0 not found, 1 refused, 2 held back in part by LinkedIn and asked for"
                " again when the others are done, 3 left."
            ),
        ),
        (
            now(to_look_up=9, looked_up=7, held_back=2, again_at=LATER, over=True, in_part=1),
            (
                "7 looked up (1 in part, as LinkedIn held back the rest), 0 not found, 2 held back in"
                " part by LinkedIn and asked for again at 2026-11-26 00:00 UTC."
            ),
        ),
        # Those who became known otherwise were never looked up.
        (now(to_look_up=9, looked_up=7, over=True), "7 looked up, 0 not found."),
        (now(to_look_up=9, looked_up=7, not_found=7), "7 looked up, 7 not found."),
    ],
)
def test_how_far_the_look_ups_are(state: told.LookUps, words: str | None) -> None:
    assert told.look_ups(state) == words


ALWAYS = Pace()
WEEKDAYS = WorkingHours(9 * 60, 18 * 60, (0, 1, 2, 3, 4), "UTC")
NIGHTS = WorkingHours(22 * 60, 6 * 60, tuple(range(7)), "UTC")


@pytest.mark.parametrize(
    ("limit", "pace", "at_once", "people"),
    [
        (None, ALWAYS, 1, None),
        (None, Pace(hours=WEEKDAYS), 1, None),
        (100, ALWAYS, 1, 100),
        (100, Pace(Pauses(20, 60)), 1, 100),
        (1000, Pace(Pauses(60, 120)), 1, 960),
        (None, Pace(Pauses(60, 120)), 1, 960),
        (None, Pace(Pauses(0, 0)), 1, None),
        (1000, Pace(Pauses(60, 120), NIGHTS), 1, 320),
        (100_000, Pace(Pauses(60, 120), NIGHTS), 100, 32_000),
        (140, Pace(hours=WEEKDAYS), 1, 100),
        (1, Pace(hours=WEEKDAYS), 1, 1),
    ],
)
def test_how_many_people_a_day_an_account_looks_up(
    limit: int | None, pace: Pace, at_once: int, people: int | None
) -> None:
    assert people_a_day(limit, pace, at_once) == people


def test_counts_alone_make_no_new_words() -> None:
    first = told.look_ups(now(to_look_up=2300, a_day=100, looked_up=1))
    then = told.look_ups(now(to_look_up=2300, a_day=100, looked_up=64, not_found=12))
    last = told.look_ups(now(to_look_up=2300, a_day=100, looked_up=164))
    assert first
    assert then
    assert last
    assert told.without_counts(first) == told.without_counts(then) != told.without_counts(last)


PERSON = ProviderPerson(provider_id="p")


@pytest.mark.parametrize(
    ("found", "tries", "kind", "reason"),
    [
        (LookedUp(PERSON), 1, "found", None),
        (LookedUp(None, reason="nobody there"), 1, "notFound", "nobody there"),
        (LookedUp(None), 1, "notFound", "the provider does not find this person"),
        (LookedUp(None, reason="no", refused=True), 1, "refused", "no"),
        (
            LookedUp(PERSON, ("experience", "about")),
            1,
            "heldBack",
            (
                "LinkedIn held back parts of the profile (experience, about); they are asked for again"
                " later"
            ),
        ),
        (
            LookedUp(None, ("experience",)),
            MAX_TRIES,
            "found",
            (
                "LinkedIn held back parts of the profile (experience) each of the 3 times it was asked"
                " for them"
            ),
        ),
    ],
)
def test_what_came_of_a_look_up(found: LookedUp, tries: int, kind: str, reason: str | None) -> None:
    assert read(found, tries) == (kind, reason)


HELD, DONE, GONE = Came("heldBack", "r"), Came("found", None), Came("notFound", "r")
LAST_TRY = Came("found", "held back each time")


@pytest.mark.parametrize(
    ("before", "came", "held"),
    [
        (0, [], 0),
        (2, [HELD], 3),
        (2, [DONE], 0),
        (2, [DONE, HELD, HELD], 2),
        (1, [HELD, GONE, HELD], 3),
        (1, [LAST_TRY], 2),
    ],
)
def test_how_many_profiles_in_a_row_came_in_part(before: int, came: list[Came], held: int) -> None:
    assert held_back_in_a_row(before, came) == held


@given(st.lists(st.text(max_size=200), min_size=1, max_size=30))
def test_what_a_provider_calls_the_parts_stays_short(names: list[str]) -> None:
    reason = read(LookedUp(PERSON, tuple(names))).reason
    assert reason is not None
    assert len(reason) < 400
    assert reason.isprintable()


def test_the_first_wait_is_an_hour_and_the_next_a_day() -> None:
    assert [seconds_until_again(tries) for tries in (1, 2)] == [3600.0, 86_400.0]
