"""The navigation of an account group as JSON, and its ETag."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from houselist.audiences import store
from houselist.audiences.shapes import Audience, Navigation, NavigationFolder
from houselist.folders import store as folders
from houselist.paging import MAX_ITEMS
from houselist.web.endpoint import Reply
from houselist.web.response import Response

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

_encode = msgspec.json.Encoder().encode


async def build(connection: Connection, account_group_id: bytes) -> bytes:
    """The `data` of the response, as JSON. Raises Impossible if it would be too large."""
    all_folders = await folders.get_all(connection, account_group_id)
    rows = await store.get_all_ready(connection, account_group_id)
    grouped: dict[str | None, list[Audience]] = defaultdict(list)
    known = {folder.id for folder in all_folders}
    for row in rows:
        item = store.audience(row)
        # If a folder was deleted between the two statements, its audiences are in no folder.
        grouped[item.folder_id if item.folder_id in known else None].append(item)
    body = _encode(
        Navigation(
            [
                NavigationFolder(**msgspec.structs.asdict(folder), audiences=grouped[folder.id])
                for folder in all_folders
            ],
            grouped[None],
        )
    )
    if len(body) > MAX_ITEMS:
        raise store.too_large_for_one()
    return body


def reply(body: bytes, if_none_match: bytes | None) -> Reply | Response:
    """The response, or 304 if the client already has it (RFC 9110, weak comparison)."""
    # Processors have instructions for SHA-256, so it is the fastest hash for megabytes.
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    known = [part.strip() for part in (if_none_match or b"").decode("latin-1").split(",")]
    if "*" in known or tag in known or tag.removeprefix("W/") in known:
        return Response(
            304, b"", [(name.encode(), value.encode()) for name, value in headers.items()]
        )
    return Reply(body, headers=headers)
