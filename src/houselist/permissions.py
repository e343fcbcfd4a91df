"""What a key may do. Write does not imply read."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Permission(StrEnum):
    """The permissions of contract and console, as they are written in a key."""

    AUDIENCES_READ = "audiences:read"
    AUDIENCES_WRITE = "audiences:write"
    PROSPECTS_READ = "prospects:read"
    PROSPECTS_WRITE = "prospects:write"
    PROSPECTING_READ = "prospecting:read"
    PROSPECTING_WRITE = "prospecting:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"


MEANINGS: dict[Permission, str] = {
    Permission.AUDIENCES_READ: "read audiences, folders and navigation",
    Permission.AUDIENCES_WRITE: "create, change and delete audiences and folders",
    Permission.PROSPECTS_READ: "read prospects",
    Permission.PROSPECTS_WRITE: "add and remove members of audiences, change prospects",
    Permission.PROSPECTING_READ: "read prospecting jobs, their rows and schedules",
    Permission.PROSPECTING_WRITE: "upload files, start, schedule and cancel prospecting jobs",
    Permission.WEBHOOKS_READ: "read webhooks (reserved for endpoints to come)",
    Permission.WEBHOOKS_WRITE: "change webhooks (reserved for endpoints to come)",
    Permission.KEYS_READ: "read the account group's keys, but not the keys themselves",
    Permission.KEYS_WRITE: "make keys with no more permissions than one's own, and revoke keys",
}


def read_permissions(given: Iterable[str]) -> list[Permission]:
    """Permissions from texts that have them separated by commas; `all` has every one.

    Raises ValueError, with words for people.
    """
    names = [name.strip() for text in given for name in text.split(",")]
    if names == ["all"]:
        return list(Permission)
    unknown = [name for name in names if name not in list(Permission)]
    if unknown:
        known = ", ".join(Permission)
        raise ValueError(f"There is no permission {unknown[0]!r}. Choose from {known}; or say all.")
    return [permission for permission in Permission if permission in names]
