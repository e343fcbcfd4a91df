"""What Unipile's refusals become: one of the port's errors, with a time and with words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Literal

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.unipile.world import by_id, by_slug, search_url
from houselist.providers.base import (
    Broken,
    NotAllowed,
    NotAtProvider,
    ProviderError,
    QuotaSpent,
    ReconnectNeeded,
    SearchUrl,
    TryLater,
    UserError,
)
from houselist.providers.unipile import open_account
from houselist.providers.unipile.failures import failure, retry_at
from houselist.providers.wire import ProviderResponse
from providers.contract import looked_up

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from houselist.providers.base import Provider
    from houselist.providers.wire import Client

Version = Literal["v1", "v2"]
NOW = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
SEARCH = SearchUrl(search_url(0, 20), "classic")
KEY = "K3y.that/nobody+may=see"


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> Version:
    return request.param


@pytest.fixture
def provider(client: Client, fake: FakeUnipile, version: Version) -> Provider:
    return open_account(
        client, base_url=fake.url, account_id="acc_1", key=KEY, api_version=version, now=lambda: NOW
    )


def read(status: int, body: Any, **headers: str) -> ProviderError:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(ProviderResponse(status, httpx.Headers(named), raw), NOW, secret=KEY)


def test_what_unipile_can_not_do_is_not_asked_again() -> None:
    error = read(501, {"type": "errors/feature_not_implemented", "title": "No"})
    assert isinstance(error, Broken)
    assert not error.again


def test_a_page_that_is_not_there_is_not_taken_for_a_person_that_is_not() -> None:
    """A wrong base URL answers 404 to everything."""
    for body in (b"<html>nginx</html>", b"", {"message": "Cannot GET /x"}):
        error = read(404, body)
        assert isinstance(error, Broken)
        assert not error.again
        assert "base URL" in str(error)


def test_an_account_that_is_gone_is_not_taken_for_a_person_that_is() -> None:
    body = {"type": "errors/resource_not_found", "title": "Gone", "detail": "Account not found"}
    assert isinstance(read(404, body), ReconnectNeeded)


def test_a_spent_quota_is_over_at_midnight_utc() -> None:
    error = read(422, {"type": "errors/limit_exceeded", "title": "Limit"})
    assert isinstance(error, QuotaSpent)
    assert error.until == datetime(2026, 11, 26, tzinfo=UTC)
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    answer = ProviderResponse(422, httpx.Headers(), b'{"type":"errors/limit_exceeded"}')
    elsewhere = failure(answer, there, secret=KEY)
    assert isinstance(elsewhere, QuotaSpent)
    assert elsewhere.until == datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("1.2", 2),
        ("86400", 86400),
        ("86401", 86400),
        ("999999999", 86400),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=90), usegmt=True), 86400),
    ],
)
def test_the_time_to_wait_is_read_in_every_form(header: str, wait: int) -> None:
    assert retry_at(header, NOW) == NOW + timedelta(seconds=wait)
    error = read(429, {"type": "errors/too_many_requests"}, retry_after=header)
    assert isinstance(error, TryLater)
    assert error.at == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize("header", ["", "soon", "-5", "1e9", "٣", "9" * 5000, "NaN", "Wed, 99 Foo"])
def test_a_time_that_says_nothing_is_none(header: str) -> None:
    assert retry_at(header, NOW) is None


@given(st.text(max_size=60))
def test_any_retry_after_gives_a_time_within_a_day_or_none(header: str) -> None:
    at = retry_at(header, NOW)
    assert at is None or NOW <= at <= NOW + timedelta(days=1)


def test_linkedin_s_own_throttle_has_no_time_whatever_unipile_says() -> None:
    own = read(429, {"type": "provider/too_many_requests"}, retry_after="5")
    theirs = read(429, {"type": "api/too_many_requests"}, retry_after="5")
    assert isinstance(own, TryLater)
    assert isinstance(theirs, TryLater)
    assert (own.at, theirs.at) == (None, NOW + timedelta(seconds=5))


@given(st.integers(100, 599), st.binary(max_size=200), st.text(max_size=30))
def test_any_answer_becomes_an_error_of_the_port(status: int, body: bytes, kind: str) -> None:
    for raw in (body, msgspec.json.encode({"type": kind, "title": 7, "detail": [body.hex()]})):
        error = failure(ProviderResponse(status, httpx.Headers(), raw), NOW, secret=KEY)
        assert isinstance(error, ProviderError)
        assert str(error)
        assert not (error.unspent and error.undelivered)


def test_words_are_safe_to_show() -> None:
    detail = f"See https://evil.example/x\x1b[2J {'long ' * 200} {KEY}"
    shown = str(read(400, {"type": "errors/invalid_url", "title": "Bad\nurl", "detail": detail}))
    assert shown.startswith("Unipile: Bad url: See")
    assert "://" not in shown
    assert shown.isprintable()
    assert len(shown) <= 300


REFUSALS = {
    "400": UserError,
    "disconnected": ReconnectNeeded,
    "restricted": ReconnectNeeded,
    "not-subscribed": NotAllowed,
    "quota": QuotaSpent,
    "gone": NotAtProvider,
    "no-permission": NotAtProvider,
    "key": ReconnectNeeded,
    "action": ReconnectNeeded,
    "proxy": Broken,
    "unreachable": Broken,
    "429": TryLater,
    "429-seconds": TryLater,
    "429-date": TryLater,
    "408": Broken,
    "500": Broken,
    "501": Broken,
    "503": Broken,
    "504": Broken,
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_every_call_refuses_alike(provider: Provider, fake: FakeUnipile, name: str) -> None:
    calls = (
        lambda: provider.search(SEARCH, None, 5),
        lambda: provider.look_up([by_slug(1)], emails=False),
        lambda: provider.saved_searches(None),
    )
    for call in calls:
        fake.control.next(name)
        if call is calls[1] and name in {"400", "gone", "no-permission"}:
            (found,) = await call()
            assert found.person is None
            assert found.reason
            continue
        with pytest.raises(ProviderError) as caught:
            await call()
        assert type(caught.value) is REFUSALS[name]
        await call()


async def test_a_member_number_is_refused_without_a_call(
    provider: Provider, fake: FakeUnipile
) -> None:
    number = by_slug(1)._replace(kind="num", value="123")
    (found,) = await provider.look_up([number], emails=False)
    assert found.person is None
    assert "member number" in (found.reason or "")
    assert not fake.stats.calls


async def test_a_profile_of_which_linkedin_holds_parts_back_keeps_what_came(
    provider: Provider, fake: FakeUnipile
) -> None:
    fake.control.throttled = {7}
    held, whole = [
        (await provider.look_up([by_slug(number)], emails=False))[0] for number in (7, 8)
    ]
    assert held.held_back == ("experience",)
    assert held.person is not None
    assert held.person.name
    assert held.person.title is None
    assert not whole.held_back
    assert whole.person is not None
    assert whole.person.title is not None


@pytest.mark.parametrize("product", ["classic", "sales", "recruiter"])
async def test_somebody_else_s_profile_is_not_taken(
    provider: Provider, fake: FakeUnipile, product: str
) -> None:
    fake.control.next("somebody-else")
    with pytest.raises(Broken, match="another person") as caught:
        await provider.look_up([by_id(7, product)], emails=False)
    assert caught.value.again
    # A profile came, so LinkedIn counted it.
    assert (caught.value.unspent, caught.value.undelivered) == (False, False)
    assert (await looked_up(provider, by_id(7, product))).name == "Hiroshi Horvat7"


@pytest.mark.parametrize(
    ("status", "works"),
    [
        ("OK", True),
        ("CREDENTIALS", False),
        ("STOPPED", False),
        ("PERMISSIONS", False),
        ("CONNECTING", True),
    ],
)
async def test_version_1_tells_whether_the_account_works(
    client: Client, fake: FakeUnipile, status: str, *, works: bool
) -> None:
    await checks(client, fake, "v1", status, works=works)


@pytest.mark.parametrize(
    ("status", "works"),
    [
        ("running", True),
        ("degraded", True),
        ("disconnected", False),
        ("paused", False),
    ],
)
async def test_version_2_tells_whether_the_account_works(
    client: Client, fake: FakeUnipile, status: str, *, works: bool
) -> None:
    await checks(client, fake, "v2", status, works=works)


async def checks(
    client: Client, fake: FakeUnipile, version: Version, status: str, *, works: bool
) -> None:
    fake.control.status = status
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version=version
    )
    if works:
        assert status in await provider.check()
        return
    with pytest.raises(ReconnectNeeded, match=status):
        await provider.check()


@pytest.mark.parametrize(("version", "status"), [("v1", "ERROR"), ("v2", "errored")])
async def test_an_account_that_is_interrupted_is_asked_again_later_and_not_reconnected(
    client: Client, fake: FakeUnipile, version: Version, status: str
) -> None:
    fake.control.status = status
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version=version
    )
    with pytest.raises(TryLater, match=rf"{status}\. .*Try again later\.") as caught:
        await provider.check()
    assert caught.value.at is None


async def test_an_account_that_unipile_does_not_know_has_to_be_connected_anew(
    provider: Provider, fake: FakeUnipile
) -> None:
    fake.control.unknown = {"acc_1"}
    for call in (provider.check(), provider.look_up([by_slug(1)], emails=False)):
        with pytest.raises(ReconnectNeeded):
            await call


@pytest.mark.parametrize(
    ("base_url", "version"),
    [("https://api1.unipile.com:1/v2", "v1"), ("https://api.unipile.com/api/v1", "v2")],
)
async def test_the_address_of_the_other_version_is_refused(
    client: Client, base_url: str, version: Version
) -> None:
    with pytest.raises(UserError, match="base URL"):
        open_account(client, base_url=base_url, account_id="a", key="k", api_version=version)


@pytest.mark.parametrize(
    ("account_id", "key"),
    [("acc 1", "k"), ("../x", "k"), ("", "k"), ("a", ""), ("a", "k\r\nx: y"), ("a", "ключ")],
)
async def test_a_key_or_id_that_can_not_be_is_refused_without_repeating_it(
    client: Client, account_id: str, key: str
) -> None:
    with pytest.raises(UserError) as caught:
        open_account(
            client, base_url="https://x.example", account_id=account_id, key=key, api_version="v1"
        )
    assert len(key) < 2 or key not in str(caught.value)


async def test_a_base_url_works_with_and_without_its_version(
    client: Client, fake: FakeUnipile, version: Version
) -> None:
    suffix = {"v1": "/api/v1", "v2": "/v2"}[version]
    for base_url in (fake.url, f"{fake.url}/", f"{fake.url}{suffix}", f"{fake.url}{suffix}/"):
        provider = open_account(
            client, base_url=base_url, account_id="acc_1", key="k", api_version=version
        )
        assert len((await provider.search(SEARCH, None, 5)).items) == 5
