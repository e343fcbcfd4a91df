"""How People Data Labs refuses and fails: each becomes an error of the port, and none shows the key."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.people_data_labs.routes import BULKS, PAGES, REFUSALS
from fakes.unipile.faults import REDIRECTS, WAYS
from fakes.unipile.world import by_id, by_slug
from houselist.providers.base import (
    Broken,
    NotAtProvider,
    ProviderError,
    QuotaSpent,
    ReconnectNeeded,
    SearchUrl,
    TryLater,
    UserError,
)
from houselist.providers.people_data_labs import open_account
from houselist.providers.people_data_labs.failures import failure, reset_at
from houselist.providers.wire import ProviderResponse

if TYPE_CHECKING:
    from fakes.people_data_labs.server import FakePeopleDataLabs
    from houselist.providers.base import Provider
    from houselist.providers.wire import Client

NOW = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
SEARCH = SearchUrl("https://www.linkedin.com/search/results/people/?title=nurse", "classic")
KEY = "sEcret-K3y.that/nobody+may=see"


def make(client: Client, fake: FakePeopleDataLabs) -> Provider:
    return open_account(
        client, base_url=fake.url, account_id="", key=KEY, api_version="v5", now=lambda: NOW
    )


@pytest.fixture
def provider(client: Client, fake_pdl: FakePeopleDataLabs) -> Provider:
    return make(client, fake_pdl)


def read(status: int, body: Any, **headers: str) -> ProviderError:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(ProviderResponse(status, httpx.Headers(named), raw), NOW, secret=KEY)


def said(type_: str, message: str = "Some words") -> dict[str, Any]:
    return {"status": 0, "error": {"type": type_, "message": message}}


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (400, said("invalid_request_error"), UserError, "Some words"),
        (401, said("authentication_error"), ReconnectNeeded, "does not accept the API key"),
        (401, b"", ReconnectNeeded, "does not accept the API key"),
        (403, said("authentication_error"), ReconnectNeeded, "connect again"),
        (402, said("payment_required"), QuotaSpent, "used up"),
        (404, said("not_found"), NotAtProvider, "Some words"),
        (413, b"", UserError, "413"),
        (429, said("rate_limit_error"), TryLater, "Some words"),
    ],
)
def test_a_refusal_is_known_by_its_status(
    status: int, body: Any, expected: type[ProviderError], words: str
) -> None:
    error = read(status, body)
    assert type(error) is expected
    assert words in str(error)
    assert error.unspent, "it was refused, so it cost nothing"


@pytest.mark.parametrize(
    ("status", "again"),
    [(403, True), (408, True), (500, True), (502, True), (503, True), (405, False), (501, False)],
)
def test_what_fails_there_may_be_asked_again_where_that_helps(status: int, *, again: bool) -> None:
    error = read(status, b"<html>Sorry</html>")
    assert isinstance(error, Broken)
    assert error.again == again
    assert str(status) in str(error)
    assert (error.unspent, error.undelivered) == ((True, False) if status == 405 else (False, True))


@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"", {"message": "Cannot GET /x"}])
def test_a_wrong_address_is_not_taken_for_nobody(body: Any) -> None:
    error = read(404, body)
    assert isinstance(error, Broken)
    assert not error.again
    assert "base URL" in str(error)


def test_credits_are_asked_for_again_the_next_day() -> None:
    error = read(402, said("payment_required"))
    assert isinstance(error, QuotaSpent)
    assert error.until == datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2026-11-25T22:30:41Z", 41),
        ("2026-11-25 22:30:41", 41),
        ("2026-11-25T23:31:00+01:00", 60),
        ("2026-11-25T22:00:00Z", 0),
        ("2027-11-25T22:00:00Z", 86_400),
        ("17", 17),
        ("999999", 86_400),
        (None, 60),
        ("", 60),
        ("soon", 60),
        ('{"minute": 9}', 60),
        ("2" * 5000, 60),
        ("9999-12-31T23:59:59-23:59", 60),
    ],
)
def test_the_limit_on_requests_says_when_it_is_over(header: str | None, seconds: int) -> None:
    assert reset_at(header, NOW) == NOW + timedelta(seconds=seconds)
    named = {} if header is None else {"x_ratelimit_reset": header}
    error = read(429, said("rate_limit_error"), **named)
    assert isinstance(error, TryLater)
    assert error.at == NOW + timedelta(seconds=seconds)


@given(st.integers(100, 599), st.binary(max_size=200), st.text(max_size=40))
def test_any_answer_becomes_an_error_of_the_port(status: int, raw: bytes, header: str) -> None:
    for body in (raw, msgspec.json.encode({"error": {"type": 7, "message": [raw.hex()]}})):
        error = failure(
            ProviderResponse(status, {"x-ratelimit-reset": header}, body), NOW, secret=KEY
        )
        assert isinstance(error, ProviderError)
        assert str(error)
        if isinstance(error, TryLater):
            assert error.at is not None
            assert NOW <= error.at <= NOW + timedelta(days=1)


def test_words_are_safe_to_show() -> None:
    detail = f"See https://evil.example/x\x1b[2J {'long ' * 200} {KEY}"
    shown = str(read(400, said("invalid_request_error", detail)))
    assert "://" not in shown
    assert shown.isprintable()
    assert len(shown) <= 300
    assert KEY not in str(read(400, said("x", f"{KEY} is wrong")))


EXPECTED: dict[str, type[ProviderError]] = {
    "400": UserError,
    "401": ReconnectNeeded,
    "402": QuotaSpent,
    "403": ReconnectNeeded,
    "405": Broken,
    "429": TryLater,
    "429-reset": TryLater,
    "500": Broken,
    "503": Broken,
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_every_call_refuses_alike(
    provider: Provider, fake_pdl: FakePeopleDataLabs, name: str
) -> None:
    for call in (
        lambda: provider.search(SEARCH, None, 5),
        lambda: provider.look_up([by_slug(1)], emails=False),
        provider.check,
    ):
        fake_pdl.control.next(name)
        if call == provider.check and name in {"400", "402"}:
            assert await call()
            continue
        with pytest.raises(ProviderError) as caught:
            await call()
        assert type(caught.value) is EXPECTED[name]
        await call()


async def test_a_batch_that_is_refused_as_a_whole_marks_nobody(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    for fault, expected in (("all-402", QuotaSpent), ("all-503", Broken)):
        fake_pdl.control.next(fault)
        with pytest.raises(expected):
            await provider.look_up([by_slug(1), by_slug(2)], emails=False)


async def test_credits_that_end_on_the_way_leave_those_who_came(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    fake_pdl.records.credits = 2
    people = [by_id(9), by_slug(1), by_slug(2), by_slug(3), by_slug(4)]
    found = await provider.look_up(people, emails=False)
    assert [each.person is not None for each in found] == [False, True, True]
    with pytest.raises(QuotaSpent):
        await provider.look_up(people[len(found) :], emails=False)


WAYS_OUT = {
    "drop": "broke off",
    "cut": "broke off",
    "truncated": "cut off",
    "html": "no JSON",
    "latin": "cut off",
    "huge": "too large",
    "packed": "compressed",
    "array": "not as documented",
}


@pytest.mark.parametrize("way", WAYS_OUT)
async def test_what_comes_to_grief_on_its_way_is_said_and_may_be_asked_again(
    provider: Provider, fake_pdl: FakePeopleDataLabs, way: str
) -> None:
    for call in (
        lambda: provider.search(SEARCH, None, 5),
        lambda: provider.look_up([by_slug(1)], emails=False),
    ):
        fake_pdl.control.next(way)
        with pytest.raises(Broken, match=WAYS_OUT[way]) as caught:
            await call()
        assert caught.value.again == (way not in {"huge", "packed", "array"})
        assert not caught.value.unspent, "it may well have been charged"
        assert caught.value.undelivered
        await call()


async def test_one_that_is_silent_is_given_up(hasty: Client, fake_pdl: FakePeopleDataLabs) -> None:
    fake_pdl.control.next("slow")
    with pytest.raises(Broken, match="in time") as caught:
        await make(hasty, fake_pdl).search(SEARCH, None, 5)
    assert caught.value.again


async def test_one_that_is_down_costs_nothing(client: Client) -> None:
    provider = open_account(
        client, base_url="http://127.0.0.1:1", account_id="", key="k", api_version="v5"
    )
    with pytest.raises(Broken, match="can't be reached") as caught:
        await provider.search(SEARCH, None, 5)
    assert caught.value.unspent


async def test_it_is_found_with_and_without_its_version(
    client: Client, fake_pdl: FakePeopleDataLabs
) -> None:
    for base_url in (fake_pdl.url, f"{fake_pdl.url}/", f"{fake_pdl.url}/v5", f"{fake_pdl.url}/v5/"):
        provider = open_account(client, base_url=base_url, account_id="", key="k", api_version="v5")
        assert (await provider.search(SEARCH, None, 5)).items


@pytest.mark.parametrize("key", ["", "k\r\nx: y", "ключ", "a b", "k" * 5000])
async def test_a_key_that_can_not_be_is_refused_without_repeating_it(
    client: Client, key: str
) -> None:
    with pytest.raises(UserError) as caught:
        open_account(client, base_url="https://x.example", account_id="", key=key, api_version="v5")
    assert not key or key not in str(caught.value)


async def test_the_key_appears_nowhere(
    provider: Provider,
    fake_pdl: FakePeopleDataLabs,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpcore", "httpcore.http11", "httpcore.connection", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    shown = [repr(provider), repr(vars(provider)), repr(provider._account)]
    failed = 0
    for fault in ("fine", *REFUSALS, *WAYS, *REDIRECTS, *PAGES, *BULKS):
        if fault in ("drip", "slow", "huge"):
            continue
        for call in (
            lambda: provider.search(SEARCH, None, 5),
            lambda: provider.look_up([by_slug(1)], emails=True),
            provider.check,
        ):
            fake_pdl.control.plan.clear()
            fake_pdl.control.next(fault)
            try:
                shown.append(repr(await call()))
            except ProviderError as error:
                failed += 1
                shown += [repr(error), str(error), *traceback.format_exception(error)]
    assert failed > len(REFUSALS)
    assert fake_pdl.stats.keys == {KEY}
    out, err = capfd.readouterr()
    for text in (*shown, caplog.text, out, err):
        assert KEY not in text
