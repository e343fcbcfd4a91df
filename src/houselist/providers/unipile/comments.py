"""The people who commented on a post: its comments page by page, and the replies of each. Pure.

The first call only finds the post, so that each call to the port is one call to Unipile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from houselist.providers.base import ProviderPage
from houselist.providers.fields import count, first_text, text
from houselist.providers.packing import pack
from houselist.providers.unipile.cursors import START, Position, Thread, lost, unpack
from houselist.providers.unipile.failures import not_as_documented
from houselist.providers.unipile.people import commenter

if TYPE_CHECKING:
    from houselist.providers.base import Commenters, ProviderPerson
    from houselist.providers.fields import Json
    from houselist.providers.unipile.walking import Listed, Onward

NEWEST_FIRST = ("sort_by", "MOST_RECENT")


def post_name(query: Commenters) -> str:
    """What Unipile finds a post by: the number of an activity, the URN of the others."""
    if query.type == "activity":
        return query.id
    return f"urn:li:{query.type}:{query.id}"


def opened(post: Json) -> ProviderPage[ProviderPerson]:
    """The page before the first: nobody on it, but where the comments are."""
    name = first_text((post.get("social_id"), post.get("id")))
    if name is None:
        raise not_as_documented()
    total = count(post.get("comment_counter"))
    if total is None:
        total = count(post.get("comments_counter"))
    return ProviderPage([], pack(Thread(name, START, [], START, total)), total)


def unpack_thread(cursor: str) -> tuple[Thread, Position]:
    """Where the walk stands, and the place within what is to be read next. Raises Broken."""
    thread = unpack(cursor, Thread)
    if thread.current is None:
        raise lost()
    return thread, thread.current


def counted(thread: Thread, page: Listed) -> Listed:
    """The page with a total, where Unipile gives none: how many replies the comment told of."""
    if page.total is not None or not thread.pending:
        return page
    return page._replace(total=thread.pending[0][1])


def read(thread: Thread, page: Listed, onward: Onward, limit: int) -> ProviderPage[ProviderPerson]:
    """A page of comments, or of the replies to the first of those pending; `limit`: its size."""
    # A comment's replies begin with the size that Unipile bore last.
    first = replace(START, limit=limit)
    people = [person for item in page.items if (person := commenter(item))]
    total = page.total if thread.total is None and not thread.pending else thread.total
    if not thread.pending:
        after = Thread(thread.post, onward.position, _with_replies(page.items), first, total)
    elif onward.position is not None:
        after = Thread(thread.post, thread.position, thread.pending, onward.position, total)
    else:
        after = Thread(thread.post, thread.position, thread.pending[1:], first, total)
    over = after.position is None and not after.pending
    return ProviderPage(people, None if over else pack(after), total, onward.notes)


def _with_replies(comments: list[Json]) -> list[tuple[str, int]]:
    told = ((text(each.get("id")), count(each.get("reply_counter"))) for each in comments)
    return list({name: (name, replies) for name, replies in told if name and replies}.values())
