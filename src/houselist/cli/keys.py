"""`houselist keys`: makes, lists and revokes the keys of any account group."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cyclopts import App

from houselist.cli.database import transaction
from houselist.cli.first import URL
from houselist.cli.groups import find
from houselist.cli.options import Json, read_id, read_name
from houselist.cli.out import UsageError, misuse, show, tell
from houselist.cli.tables import show_items
from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.keys import sessions_store as sessions
from houselist.keys import store, tokens
from houselist.keys.shapes import KeyListed, listed
from houselist.permissions import Permission, read_permissions

app = App(name="keys")
_LINK_LIFETIME = timedelta(hours=1)
_HINT = "`houselist keys list` shows the IDs of all keys."


@app.command
async def create(
    *,
    account: list[str],
    permissions: list[str],
    name: str = "API key",
    expires: str | None = None,
    json: Json = False,
) -> None:
    """Create an API key. It is shown once and can't be read back.

    Args:
        account: ID of an account group that the key opens. Repeat it for more of them.
        permissions: What the key may do: permissions separated by commas, or `all`.
        name: What `houselist keys list` calls the key.
        expires: When the key ends: 2027-01-31 (at 00:00 UTC) or 2027-01-31T18:00:00Z.
    """
    with misuse(ValueError):
        allowed = read_permissions(permissions)
    ends = None if expires is None else _moment(expires)
    checked = read_name(name)
    token = tokens.new_token()
    async with transaction() as connection:
        stored = await store.create(
            connection,
            digest=tokens.digest(token),
            name=checked,
            permissions=allowed,
            account_group_ids=[await find(connection, each) for each in account],
            expires_at=ends,
        )
    key = listed(stored)
    if ends is not None and ends <= datetime.now(UTC):
        tell("Note: this key has expired already, so every request with it gets a 401.")
    made = {
        "id": key.id,
        "key": token,
        "name": key.name,
        "permissions": key.permissions,
        "accountGroupIds": key.account_group_ids,
        "expiresAt": key.expires_at,
    }
    words = f"Created key {key.id} ({key.name}). It is shown only this once:\n\n  {token}\n"
    show(made, words, json=json)


def _moment(text: str) -> datetime:
    words = f"--expires {text!r} is not a date: write 2027-01-31 or 2027-01-31T18:00:00Z."
    with misuse(ValueError, OverflowError, words=lambda _: words):
        moment = datetime.fromisoformat(text)
        # A time without a zone means the same on every host: UTC.
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


@app.command(name="list")
async def list_(*, json: Json = False) -> None:
    """List every key, oldest first, revoked ones too. The keys themselves are not stored."""
    async with transaction() as connection:
        found = await store.get_all(connection)
    header = "ID", "STATE", "LAST USED", "ACCOUNT GROUPS", "PERMISSIONS", "NAME"
    show_items([listed(key) for key in found], header, _row, json=json)


def _row(key: KeyListed) -> tuple[str, ...]:
    permissions = ",".join(key.permissions)
    if set(key.permissions) == set(Permission):
        permissions = "all"
    groups = ",".join(key.account_group_ids)
    return key.id, _state(key), key.last_used_at or "never", groups, permissions, key.name


def _state(key: KeyListed) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not _is_valid(key):
        return "expired"
    return f"until {key.expires_at}" if key.expires_at else "valid"


def _is_valid(key: KeyListed) -> bool:
    has_expired = key.expires_at and key.expires_at <= timestamp(datetime.now(UTC))
    return key.revoked_at is None and not has_expired


@app.command
async def link(key_id: str | None = None, /, *, url: str = URL, json: Json = False) -> None:
    """Make an address that opens the console signed in, once and within an hour.

    Args:
        key_id: The key to sign in with; without it, the oldest that is valid.
        url: Where the service is, as browsers reach it.
    """
    token = tokens.new_token(tokens.LINK)
    if key_id is not None:
        read_id(key_id, "The ID of the key", _HINT)
    async with transaction() as connection:
        keys = [listed(key) for key in await store.get_all(connection)]
        wanted = [key for key in keys if key_id in (None, key.id) and _is_valid(key)]
        if not wanted:
            raise UsageError(
                f"There is no such key, or it has been revoked or has expired. {_HINT}"
            )
        key = wanted[0]
        key_bytes, digest = bytes.fromhex(key.id), tokens.digest(token)
        await sessions.add(connection, key_bytes, digest, _LINK_LIFETIME, is_link=True)
    address = f"{url.rstrip('/')}/sign-in?link={token}"
    words = f"Opens the console with the key {key.name}, once and within an hour:\n\n  {address}\n"
    show({"keyId": key.id, "url": address}, words, json=json)


@app.command
async def revoke(key_id: str, /, *, json: Json = False) -> None:
    """Revoke a key. Every process refuses it within a second; revoking twice is no error.

    Args:
        key_id: The key's ID, as `houselist keys list` shows it. Not the key itself.
    """
    # What was given is not repeated: it may be a key.
    wanted = read_id(key_id, "The ID of the key", _HINT)
    with misuse(NotFound, words=lambda _: f"There is no key {key_id}. {_HINT}"):
        async with transaction() as connection:
            gone = await store.revoke(connection, wanted)
    show(listed(gone), f"Revoked key {key_id} ({gone.name}).", json=json)
