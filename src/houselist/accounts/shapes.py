"""What the API tells of account groups, and the path that every tenant's URL starts with."""

from __future__ import annotations

import msgspec

from houselist.ids import Id


class AccountPath(msgspec.Struct, rename="camel"):
    """`/v1/accounts/{accountGroupId}`."""

    account_group_id: Id


class AccountGroup(msgspec.Struct, rename="camel"):
    """An account group the key opens."""

    id: str
    name: str
    created_at: str
