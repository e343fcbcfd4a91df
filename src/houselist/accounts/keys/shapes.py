"""What the API takes and tells of an account group's keys."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from houselist.accounts.shapes import AccountPath
from houselist.envelope import Timestamp
from houselist.ids import Id, ShownId
from houselist.permissions import Permission
from houselist.search.typed import Moment
from houselist.texts import Name

KEY_ID = "6964b0c15be0937a4c18d1f0"
_KEY = "hl_live_2Yt9kQ0vXbS4mZ7cN1pR8wLd3gHf6jKa5eTuVyWxBqEo9iPsC"

_Name: TypeAlias = Annotated[
    Name, Meta(description="What people call the key.", examples=["CRM sync"])
]
# Those of permissions.py, as documents of the API need them.
PermissionName: TypeAlias = Literal[
    "audiences:read",
    "audiences:write",
    "prospects:read",
    "prospects:write",
    "prospecting:read",
    "prospecting:write",
    "webhooks:read",
    "webhooks:write",
    "keys:read",
    "keys:write",
]
_Permissions: TypeAlias = Annotated[
    list[Annotated[PermissionName, Meta(title="Permission")]],
    Meta(
        min_length=1,
        max_length=len(Permission),
        description="What the key may do. No key can give more than it has itself.",
        examples=[["audiences:read", "prospects:read"]],
        extra={"must": "a list of permissions"},
    ),
]


class KeyPath(AccountPath):
    key_id: Annotated[Id, Meta(description="The key's id, not the key.", examples=[KEY_ID])]


class KeyCreate(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new key of the account group."""

    name: _Name
    permissions: _Permissions
    expires_at: Annotated[
        Moment | None,
        Meta(
            description=(
                "When the key ends; left out or null for never. A key that ends can't make one that"
                " ends later."
            ),
            examples=["2027-01-31T00:00:00.000Z"],
            extra_json_schema={"format": "date-time"},
        ),
    ] = None


class ApiKey(msgspec.Struct, rename="camel"):
    """A key of the account group. The key itself is stored nowhere."""

    id: Annotated[ShownId, Meta(description="The key's id.", examples=[KEY_ID])]
    name: Annotated[str, Meta(description="What people call the key.", examples=["CRM sync"])]
    permissions: Annotated[
        list[str],
        Meta(description="What the key may do.", examples=[["audiences:read", "prospects:read"]]),
    ]
    opens_others: Annotated[
        bool,
        Meta(description="Whether it opens other account groups, too.", examples=[False]),
    ]
    sessions: Annotated[
        int, Meta(description="How many browsers are signed in with it.", examples=[1])
    ]
    created_at: Annotated[
        Timestamp, Meta(description="When it was made.", examples=["2026-01-12T08:28:49.000Z"])
    ]
    expires_at: Annotated[
        Timestamp | None,
        Meta(
            description="When it ends, or ended; null for never.",
            examples=["2027-01-31T00:00:00.000Z"],
        ),
    ]
    revoked_at: Annotated[
        Timestamp | None,
        Meta(description="When it was revoked; null if it was not.", examples=[None]),
    ]
    last_used_at: Annotated[
        Timestamp | None,
        Meta(
            description="When it was last used, to the minute; null for never.",
            examples=["2026-03-17T10:03:00.000Z"],
        ),
    ]


class NewApiKey(ApiKey):
    """A key that was just made, and the only response that has the key itself."""

    key: Annotated[
        str | None,
        Meta(
            description=(
                "The key, which can't be read again; null when the request is sent once more with"
                " its Idempotency-Key, because it is kept nowhere."
            ),
            examples=[_KEY],
        ),
    ]
