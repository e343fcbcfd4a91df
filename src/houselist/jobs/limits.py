"""How many people a job may find and add, by its account group's plan and credits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.credits.shapes import in_words, price
from houselist.providers.base import SearchUrl

if TYPE_CHECKING:
    from houselist.credits.shapes import Plan
    from houselist.jobs.source import Source

# Where LinkedIn itself ends a search, which is all that is known of it beforehand.
_CLASSIC_END, _SALES_END = 1_000, 2_500


class Bounds(NamedTuple):
    """What a job may do, and what people are told of it.

    `max_results`: how many people it may find, those included whom its audience has already; None
    for no end. `max_added`: how many it may add, all of whom can be paid for; None where credits
    don't count.
    """

    max_results: int | None
    max_added: int | None
    details: str | None


def what_it_sets_aside(plan: Plan, cost: int) -> str | None:
    """What an import of that cost would need at its start, for a dry run; None if it is free."""
    if not plan.metered:
        return None
    told = f"The import would set aside {in_words(cost)}; {in_words(plan.credits)} left"
    return f"{told}, so it would be refused." if cost > plan.credits else f"{told}."


def bounds_of(plan: Plan, source: Source, rows: int) -> Bounds:
    """What the plan allows of a source. `rows`: how many it has, where they are there already."""
    if source.query is None:
        return Bounds(None, rows if plan.metered else None, None)
    wished, cap = source.max_results, plan.max_results
    if wished is not None:
        allowed = wished if cap is None else min(wished, cap)
        details = None
        if allowed < wished:
            details = f"The plan allows {allowed:,} of the {wished:,} results asked for."
        return Bounds(allowed, allowed if plan.metered else None, details)
    details = None if cap is None else f"The plan allows {cap:,} results."
    if not plan.metered:
        return Bounds(cap, None, details)
    return _payable(plan, source, details)


def _payable(plan: Plan, source: Source, details: str | None) -> Bounds:
    """Nobody said how many, so it is as many as can be paid for; one at the least, to be refused.

    Members of old cost nothing, so they don't use this up: a job that meets a thousand of them
    still reaches the newcomers behind them.
    """
    classic = isinstance(source.query, SearchUrl) and source.query.product == "classic"
    payable = max(1, plan.credits // price(search_emails=source.search_emails))
    ends = (_CLASSIC_END if classic else _SALES_END, plan.max_results or payable, payable)
    most = min(ends)
    if most == payable:
        why = f"No more than {most:,} people can be added with the credits left."
    else:
        why = f"Without maxResults no more than {most:,} people are added."
    if most != plan.max_results:
        details = " ".join(filter(None, (details, why)))
    return Bounds(plan.max_results, most, details)
