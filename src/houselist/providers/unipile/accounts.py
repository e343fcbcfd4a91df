"""Whether an account at Unipile works, by what either version says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import (
    Broken,
    NotAtProvider,
    ReconnectNeeded,
    TryLater,
    UserError,
    safe,
)
from houselist.providers.fields import Json, objects, text
from houselist.providers.unipile.unconfirmed import LOCKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.providers.unipile.calls import UnipileAccount

# What the account's owner has to act on.
_OWNER_V1: Final = frozenset({"CREDENTIALS", "PERMISSIONS", "STOPPED"})
_OWNER_V2: Final = frozenset({"disconnected", "paused"})
# What passes: v1's "Account status updates", and "Connection Status" of v2.
_LATER: Final = frozenset({"ERROR", "errored", "error"})


async def get_account(account: UnipileAccount) -> Json:
    """What Unipile says of the account. Raises the port's errors."""
    try:
        return await account.get(f"/accounts/{account.account_id}")
    except NotAtProvider:
        raise ReconnectNeeded("Unipile does not know this account.") from None


def verdict_v1(body: Json) -> str:
    """Words for a working account of v1. Raises ReconnectNeeded, TryLater, UserError or Broken."""
    _refuse_other(body.get("type"))
    statuses = [
        found for each in objects(body.get("sources")) if (found := text(each.get("status")))
    ]
    if not statuses:
        raise Broken("Unipile does not say whether the account works.", again=False)
    if "OK" not in statuses or "CREDENTIALS" in statuses:
        _refuse_down(statuses, _OWNER_V1)
    return _works(body, statuses)


def verdict_v2(body: Json) -> str:
    """The same for v2."""
    _refuse_other(body.get("provider"))
    status = text(body.get("status"))
    if status is None:
        raise Broken("Unipile does not say whether the account works.", again=False)
    if body.get(LOCKED.value) is True:
        raise ReconnectNeeded("Unipile: the account is locked.")
    _refuse_down([status], _OWNER_V2)
    return _works(body, [status])


def _refuse_other(network: object) -> None:
    name = text(network)
    if name is not None and name.upper() != "LINKEDIN":
        raise UserError(f"This account is one of {name.title()}, not of LinkedIn.")


def _refuse_down(statuses: Sequence[str], owner: frozenset[str]) -> None:
    for status in statuses:
        if status in owner:
            raise ReconnectNeeded(f"Unipile: the account's status is {status}.")
    for status in statuses:
        if status in _LATER:
            raise TryLater(
                f"Unipile: the account's status is {status}. Its connection to LinkedIn is"
                " interrupted, which passes by itself as a rule. Try again later."
            )


def _works(body: Json, statuses: list[str]) -> str:
    owner = text(body.get("name"))
    return safe(f"{', '.join(dict.fromkeys(statuses))}{f': {owner}' if owner else ''}")
