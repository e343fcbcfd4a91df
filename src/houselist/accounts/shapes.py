"""What the API tells of account groups, and the path that every tenant's URL starts with."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from houselist.envelope import Timestamp
from houselist.ids import Id, ShownId

_ID = "68b6a763d41f8b7c9e20a511"


class AccountPath(msgspec.Struct, rename="camel"):
    """`/v1/accounts/{accountGroupId}`."""

    account_group_id: Annotated[
        Id, Meta(description="Account group that scopes the request.", examples=[_ID])
    ]


class AccountGroup(msgspec.Struct, rename="camel"):
    """An account group the key opens."""

    id: Annotated[
        ShownId, Meta(description="The id that the paths of the API start with.", examples=[_ID])
    ]
    name: Annotated[str, Meta(description="What people call it.", examples=["Northwind Growth"])]
    created_at: Annotated[
        Timestamp, Meta(description="When it was made.", examples=["2025-09-02T08:14:27.000Z"])
    ]
