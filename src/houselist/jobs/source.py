"""What a job reads. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from houselist.jobs.shapes import SourceType
    from houselist.providers.base import ProviderQuery


class Source(NamedTuple):
    """What a job is asked to read, as it was asked.

    `question` is what a provider is asked for; None where an upload holds all rows already.
    """

    type: SourceType
    query: ProviderQuery | None
    max_results: int | None
    search_emails: bool
