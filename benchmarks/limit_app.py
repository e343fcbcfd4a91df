"""The limit: a bare ASGI application with one SELECT a request and hand-written encoding.

No key, no rate limit, no trace, no guard, no errors. What it needs, no service can do without.
"""

from __future__ import annotations

import os
from urllib.parse import parse_qsl

import asyncpg
import msgspec

_encode = msgspec.json.Encoder().encode
_AUDIENCE = """
    SELECT id, name, type, description, folder_id, prospect_count, created_at
    FROM audiences WHERE account_group_id = $1 AND id = $2
"""
_PAGE = """
    SELECT m.position, m.added_at, p.id, p.first_name, p.last_name, p.name, p.headline, p.about,
           p.title, p.location, p.email, p.photo_url, p.public_identifier, p.provider_id,
           p.company_name, p.company_linkedin_identifier, p.company_linkedin_url,
           p.company_industry, p.company_website, p.attributes
    FROM memberships m
    JOIN prospects p ON p.account_group_id = m.account_group_id AND p.id = m.prospect_id
    WHERE m.account_group_id = $1 AND m.audience_id = $2 AND m.position > $3
    ORDER BY m.position LIMIT $4
"""
_ALL = """
    SELECT id, name, type, description, folder_id, prospect_count, created_at
    FROM audiences WHERE account_group_id = $1 ORDER BY created_at DESC, id DESC
"""
_NO_ATTRIBUTES = msgspec.Raw(b"{}")


def _moment(moment):
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _audience(row):
    folder_id = row["folder_id"]
    return {
        "id": row["id"].hex(),
        "name": row["name"],
        "type": row["type"],
        "description": row["description"],
        "folderId": folder_id and folder_id.hex(),
        "prospectCount": row["prospect_count"],
        "createdAt": _moment(row["created_at"]),
    }


def _prospect(row):
    slug, attributes = row["public_identifier"], row["attributes"]
    return {
        "id": row["id"].hex(),
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "name": row["name"],
        "headline": row["headline"],
        "about": row["about"],
        "title": row["title"],
        "location": row["location"],
        "email": row["email"],
        "photoUrl": row["photo_url"],
        "linkedinUrl": f"https://www.linkedin.com/in/{slug}" if slug else None,
        "publicIdentifier": slug,
        "providerId": row["provider_id"],
        "company": {
            "name": row["company_name"],
            "linkedinIdentifier": row["company_linkedin_identifier"],
            "linkedinUrl": row["company_linkedin_url"],
            "industry": row["company_industry"],
            "website": row["company_website"],
        },
        "attributes": msgspec.Raw(attributes.encode()) if attributes else _NO_ATTRIBUTES,
        "addedAt": _moment(row["added_at"]),
    }


async def _keep_session(_connection):
    """No round trip to reset a connection that nobody has changed."""


class LimitApp:
    """`/audience/GROUP/ID`, `/prospects/GROUP/ID?after=&limit=` and `/all/GROUP`."""

    def __init__(self) -> None:
        self._pool = asyncpg.create_pool(
            os.environ["HOUSELIST_DATABASE_URL"],
            min_size=0,
            max_size=10,
            command_timeout=2.2,
            reset=_keep_session,
            server_settings={"jit": "off"},
        )

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await self._pool
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self._pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = _encode({"success": True, "data": await self._data(scope), "error": None})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _data(self, scope):
        _, what, group, *rest = scope["path"].split("/")
        group = bytes.fromhex(group)
        if what == "audience":
            return _audience(await self._pool.fetchrow(_AUDIENCE, group, bytes.fromhex(rest[0])))
        if what == "all":
            return [_audience(row) for row in await self._pool.fetch(_ALL, group)]
        query = dict(parse_qsl(scope["query_string"].decode()))
        after, limit = int(query["after"]), int(query["limit"])
        rows = await self._pool.fetch(_PAGE, group, bytes.fromhex(rest[0]), after, limit)
        return [_prospect(row) for row in rows]


def create() -> LimitApp:
    return LimitApp()
