"""The key of an account stands in no log line, no error and no representation."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Literal

import pytest

from fakes.unipile.faults import REDIRECTS, REFUSALS, WAYS
from fakes.unipile.world import by_slug, search_url
from houselist.providers.base import Commenters, ProviderError, SearchUrl
from houselist.providers.unipile import open_account

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from houselist.providers.wire import Client

KEY = "sEcret-K3y.that/nobody+may=see"


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger at its most talkative, those that the service quiets included."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    return caplog


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_key_appears_nowhere(
    client: Client,
    fake: FakeUnipile,
    version: Literal["v1", "v2"],
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key=KEY, api_version=version
    )
    shown = [repr(provider), repr(vars(provider)), repr(provider._account), str(client)]
    calls = (
        lambda: provider.search(SearchUrl(search_url(0, 5), "classic"), None, 5),
        lambda: provider.look_up([by_slug(1)], emails=True),
        lambda: provider.commenters(Commenters("activity", "7100000000000000001"), None, 5),
        lambda: provider.saved_searches(None),
        provider.check,
    )
    failed = 0
    for fault in ("fine", *REFUSALS, *WAYS, *REDIRECTS):
        if fault in ("drip", "slow"):
            continue
        for call in calls:
            fake.control.plan.clear()
            fake.control.next(fault)
            try:
                await call()
            except ProviderError as error:
                failed += 1
                shown += [repr(error), "".join(traceback.format_exception(error))]
    fake.control.plan.clear()
    fake.control.keys = {"another"}
    with pytest.raises(ProviderError, match=r"Invalid key \[key\]") as caught:
        await provider.check()
    shown.append("".join(traceback.format_exception(caught.value)))

    assert failed > 100
    assert fake.stats.keys == {KEY}, "it was sent, so it could have been shown"
    assert "httpcore" in {record.name.partition(".")[0] for record in everything_logged.records}
    out, err = capfd.readouterr()
    for text in (*shown, everything_logged.text, out, err):
        assert KEY not in text
        assert KEY[:12] not in text


async def test_the_service_does_not_log_calls_to_providers(
    client: Client, fake: FakeUnipile, capfd: pytest.CaptureFixture[str]
) -> None:
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key=KEY, api_version="v1"
    )
    await provider.look_up([by_slug(1)], emails=True)
    out, err = capfd.readouterr()
    assert "person-1" not in out + err
