"""HTTP of an audience's members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountPath
from houselist.audiences import store as audiences
from houselist.audiences.shapes import Audience, AudiencePath
from houselist.errors import AudienceNotReady, Impossible, NotFound, Problem
from houselist.members import adding, changes_store, matching, store, summary_store
from houselist.members.shapes import (
    Change,
    LeadsMoved,
    Matching,
    MatchingCopied,
    MatchingMoved,
    MatchingRemoved,
    MatchingTo,
    MembersAdd,
    MembersAdded,
    MembersRemove,
    MembersRemoved,
    MoveLeads,
    Summary,
)
from houselist.members.summaries import Summaries
from houselist.paging import Page, PageQuery
from houselist.people.members_store import By
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.web.request import Request


_ITSELF = Impossible(Problem("targetAudienceId", matching.ITSELF))


def _by(request: Request) -> By:
    return By(key_id=request.key_id)


@endpoint(
    response=MembersAdded,
    summary="Add people to an audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
    example={"invalid": []},
)
async def add_prospects(
    connection: Connection, at: AudiencePath, body: MembersAdd, request: Request
) -> MembersAdded:
    """Adds up to 10,000 people: prospects by `prospectIds`, or people by what is known of them.

    `prospects` are matched as the rows of a file are: by the LinkedIn identity, else the
    providerId, else the e-mail address. Whoever is not known becomes a prospect; of whoever is,
    what was null is filled. People join the end of the audience in the order of the list. Whoever
    cannot be added is named in `invalid`, and everybody else is added.
    """
    group, audience_id, by = at.account_group_id, at.audience_id, _by(request)
    if body.prospect_ids is not None:
        return await adding.add_known(connection, group, audience_id, body.prospect_ids, by)
    return await adding.add_people(connection, group, audience_id, body.prospects or [], by)


@endpoint(
    response=MembersRemoved,
    summary="Take people out of an audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
)
async def remove_prospects(
    connection: Connection, at: AudiencePath, body: MembersRemove, request: Request
) -> MembersRemoved:
    """Takes up to 10,000 people out. They stay prospects of the account group."""
    (members,) = await store.lock_ready(connection, at.account_group_id, at.audience_id)
    removed = await store.take_out(connection, members, set(body.prospect_ids), _by(request))
    return MembersRemoved(removed, len(body.prospect_ids) - removed)


@endpoint(
    response=LeadsMoved,
    summary="Move people to another audience",
    tag="Members",
    refuses=(
        NotFound,
        AudienceNotReady,
        Impossible(Problem("leadIds[2]", "is no member of the audience")),
    ),
)
async def move_leads(
    connection: Connection, at: AudiencePath, body: MoveLeads, request: Request
) -> LeadsMoved:
    """Moves people to the end of another audience: all of them, or none.

    They keep their order. People who are already in the other audience keep their position there.
    If any of the ids is not a member of this audience, nobody moves, and the response names each of
    those ids.
    """
    group, source, target = at.account_group_id, at.audience_id, body.target_audience_id
    leaving, joining = await store.lock_ready(connection, group, source, target)
    matching.check_apart(source, target)
    found = await store.get_positions(connection, leaving, set(body.lead_ids))
    if missing := [at for at, each in enumerate(body.lead_ids) if each not in found]:
        raise Impossible(
            *(Problem(f"leadIds[{at}]", "is not a member of the audience") for at in missing)
        )
    await store.move(connection, leaving, joining, found, _by(request))
    return LeadsMoved(
        await audiences.get_ready(connection, group, source),
        await audiences.get_ready(connection, group, target),
        len(found),
    )


@endpoint(
    response=MatchingRemoved,
    summary="Take all who fit out of an audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
)
async def remove_matching(
    connection: Connection, at: AudiencePath, body: Matching, request: Request
) -> MatchingRemoved:
    """Takes those out to whom all filters apply, up to 10,000 with each request.

    While `hasMore` is true there may be more of them: repeat the request with `nextCursor` as
    `cursor`. A request that finds few of many people ends early, maybe without anybody. They stay
    prospects.
    """
    return await matching.remove(
        connection, at.account_group_id, at.audience_id, body, _by(request)
    )


@endpoint(
    response=MatchingMoved,
    summary="Move all who fit to another audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady, _ITSELF),
)
async def move_matching(
    connection: Connection, at: AudiencePath, body: MatchingTo, request: Request
) -> MatchingMoved:
    """Moves those to whom all filters apply, up to 10,000 with each request.

    They keep their order. Repeat the request with `nextCursor` while `hasMore` is true, as with
    `remove-matching`.
    """
    return await matching.move(connection, at.account_group_id, at.audience_id, body, _by(request))


@endpoint(
    response=MatchingCopied,
    summary="Add all who fit to another audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady, _ITSELF),
)
async def copy_matching(
    connection: Connection, at: AudiencePath, body: MatchingTo, request: Request
) -> MatchingCopied:
    """Adds those to whom all filters apply to another audience, up to 10,000 with each request.

    They stay in this one as well. Repeat the request with `nextCursor` while `hasMore` is true, as
    with `remove-matching`.
    """
    return await matching.copy(connection, at.account_group_id, at.audience_id, body, _by(request))


@endpoint(
    response=MatchingCopied,
    summary="Add all prospects who fit to an audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
)
async def copy_matching_prospects(
    connection: Connection, at: AccountPath, body: MatchingTo, request: Request
) -> MatchingCopied:
    """Adds all prospects to whom all filters apply, up to 10,000 with each request.

    Repeat the request with `nextCursor` while `hasMore` is true, as with `remove-matching`.
    """
    return await matching.copy(connection, at.account_group_id, None, body, _by(request))


@endpoint(
    response=Audience,
    summary="Empty an audience",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
    example={"prospectCount": 0},
)
async def empty_audience(connection: Connection, at: AudiencePath, request: Request) -> Audience:
    """Takes everybody out, at once whatever their number. They stay prospects.

    Who was in it is still told by `GET …/changes`, and by the filter `asOf`.
    """
    group, audience_id = at.account_group_id, at.audience_id
    (members,) = await store.lock_ready(connection, group, audience_id)
    before = await audiences.get_ready(connection, group, audience_id)
    await store.empty(connection, members, before.prospect_count, _by(request))
    return await audiences.get_ready(connection, group, audience_id)


@endpoint(
    response=Page[Change],
    summary="List who joined and left",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
)
async def list_changes(connection: Connection, at: AudiencePath, query: PageQuery) -> Page[Change]:
    """Tells who joined and left, each once, in the order in which it was committed.

    `nextCursor` is there on every page, the last one included, and can be kept for ever: ask with
    it again later, and you get what has happened since. Of people who left, it goes back 400 days,
    unless the service is set to another number.
    """
    return await changes_store.get_page(connection, at.account_group_id, at.audience_id, query)


@endpoint(
    response=Summary,
    summary="Get an audience in numbers",
    tag="Members",
    refuses=(NotFound, AudienceNotReady),
)
async def get_summary(connection: Connection, at: AudiencePath, request: Request) -> Summary:
    """Growth by day, the most frequent values, and how full the fields are.

    Of a large audience 2,000 people are looked at, spread evenly: `isExact` is false then, and the
    counts of values are estimates for the whole. `byDay` and its totals are always exact.
    """
    kept = request.services.get(Summaries)
    return await summary_store.get(connection, at.account_group_id, at.audience_id, kept)
