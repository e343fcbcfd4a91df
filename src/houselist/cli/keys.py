"""`houselist keys`: the only place where API keys are made and revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cyclopts import App

from houselist.cli import accounts
from houselist.cli.database import with_pool
from houselist.cli.out import UsageError, say, say_json, say_table, tell
from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.ids import parse_id
from houselist.keys import store, tokens
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.texts import Name

if TYPE_CHECKING:
    from houselist.keys.shapes import Key
    from houselist.postgres.db import Pool

app = App(name="keys", help="Create, list and revoke API keys.")


@app.command
def create(
    *,
    account: list[str],
    permissions: list[str],
    name: str = "API key",
    expires: str | None = None,
    json: bool = False,
) -> None:
    """Create an API key. It is shown once and can't be read back.

    Parameters
    ----------
    account
        Id of an account group that the key opens. Give it again for more of them.
    permissions
        What the key may do: permissions separated by commas, or `all`.
    name
        What the key is called in `houselist keys list`.
    expires
        When it ends: 2027-01-31 (midnight UTC, as that day begins) or 2027-01-31T18:00:00Z.
    json
        Print one JSON object and nothing else.
    """
    allowed = _permissions(permissions)
    ends = None if expires is None else _moment(expires)
    try:
        checked = Name(name)
    except ValueError as error:
        raise UsageError(f"The name {error}.") from error
    token = tokens.new_token()

    async def work(pool: Pool) -> Key:
        async with db.transaction(pool) as connection:
            return await store.create(
                connection,
                digest=tokens.digest(token),
                name=checked,
                permissions=allowed,
                account_group_ids=[await accounts.find(connection, each) for each in account],
                expires_at=ends,
            )

    made = with_pool(work)
    if ends is not None and ends <= datetime.now(UTC):
        tell("Note: the key has expired already, so every request with it is answered with 401.")
    if json:
        say_json(_shown(made, token))
    else:
        say(
            f"Created key {made.id.hex()} ({made.name}). It is shown only this once:\n\n  {token}\n"
        )


def _permissions(given: list[str]) -> list[Permission]:
    names = [name.strip() for text in given for name in text.split(",")]
    if names == ["all"]:
        return list(Permission)
    known = ", ".join(Permission)
    unknown = [name for name in names if name not in list(Permission)]
    if unknown:
        raise UsageError(f"There is no permission {unknown[0]!r}. Choose from {known}; or say all.")
    return [permission for permission in Permission if permission in names]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        # A time without a zone means the same on every host: UTC.
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--expires {text!r} is no date: write 2027-01-31 or 2027-01-31T18:00:00Z."
        ) from error


def _shown(key: Key, token: str) -> dict[str, Any]:
    return {
        "id": key.id.hex(),
        "key": token,
        "name": key.name,
        "permissions": sorted(key.permissions),
        "accountGroupIds": sorted(each.hex() for each in key.account_group_ids),
        "expiresAt": _time(key.expires_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


@app.command(name="list")
def list_(*, json: bool = False) -> None:
    """List every key, oldest first, revoked ones too. The keys themselves are not stored.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """

    async def work(pool: Pool) -> list[Key]:
        async with db.acquire(pool) as connection:
            return await store.get_all(connection)

    found = with_pool(work)
    if json:
        say_json({"items": [_listed(key) for key in found]})
        return
    say_table(
        ("ID", "STATE", "LAST USED", "ACCOUNT GROUPS", "PERMISSIONS", "NAME"),
        [
            (
                key.id.hex(),
                _state(key),
                _time(key.last_used_at) or "never",
                ",".join(sorted(each.hex() for each in key.account_group_ids)),
                _in_short(key),
                key.name,
            )
            for key in found
        ],
    )


def _listed(key: Key) -> dict[str, Any]:
    return {
        "id": key.id.hex(),
        "name": key.name,
        "permissions": sorted(key.permissions),
        "accountGroupIds": sorted(each.hex() for each in key.account_group_ids),
        "createdAt": _time(key.created_at),
        "expiresAt": _time(key.expires_at),
        "revokedAt": _time(key.revoked_at),
        "lastUsedAt": _time(key.last_used_at),
    }


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "valid"
    return "expired" if key.expires_at <= datetime.now(UTC) else f"until {_time(key.expires_at)}"


def _in_short(key: Key) -> str:
    return "all" if key.permissions == frozenset(Permission) else ",".join(sorted(key.permissions))


@app.command
def revoke(key_id: str, /, *, json: bool = False) -> None:
    """Revoke a key. Every process refuses it within a second; revoking twice is no error.

    Parameters
    ----------
    key_id
        The key's id, as `houselist keys list` shows it. Not the key itself.
    json
        Print one JSON object and nothing else.
    """
    try:
        wanted = parse_id(key_id)
    except ValueError as error:
        raise UsageError(f"The id {error}: take it from `houselist keys list`.") from error

    async def work(pool: Pool) -> Key:
        async with db.transaction(pool) as connection:
            return await store.revoke(connection, wanted)

    try:
        gone = with_pool(work)
    except NotFound as error:
        raise UsageError(f"There is no key {key_id}: see `houselist keys list`.") from error
    if json:
        say_json(_listed(gone))
    else:
        say(f"Revoked key {key_id} ({gone.name}).")
