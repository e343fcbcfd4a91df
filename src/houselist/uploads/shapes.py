"""What the API tells of uploads."""

from __future__ import annotations

import msgspec


class Upload(msgspec.Struct, rename="camel"):
    """A file that was read. `suggestedMapping` maps its columns to fields of a prospect."""

    upload_id: str
    row_count: int
    columns: list[str]
    suggested_mapping: dict[str, str]
    created_at: str
