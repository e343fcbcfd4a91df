"""What a key may do. Write does not imply read."""

from __future__ import annotations

from enum import StrEnum


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


MEANINGS: dict[Permission, str] = {
    Permission.AUDIENCES_READ: "read audiences, folders and navigation",
    Permission.AUDIENCES_WRITE: "create, change and delete audiences and folders",
    Permission.PROSPECTS_READ: "read prospects",
    Permission.PROSPECTS_WRITE: "change prospects (reserved for endpoints to come)",
    Permission.PROSPECTING_READ: "read prospecting jobs, their rows and schedules",
    Permission.PROSPECTING_WRITE: "upload files, start, schedule and cancel prospecting jobs",
    Permission.WEBHOOKS_READ: "read webhooks (reserved for endpoints to come)",
    Permission.WEBHOOKS_WRITE: "change webhooks (reserved for endpoints to come)",
}
