"""Version 2 of the fake Unipile: account in the path, `{data, next_cursor}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes.unipile.routes import CEILING, Refuse, Routes, json_object
from fakes.unipile.shapes import ODD, comment_v2, full_v2

if TYPE_CHECKING:
    from fakes.unipile.routes import Call
    from fakes.unipile.world import Source


class RoutesV2(Routes):
    """What stands below `/v2/{account}`."""

    def body(self, call: Call, parts: list[str]) -> Any:
        match (call.request.method, *parts):
            case ("POST", "linkedin", *deeper):
                return self._search(call, *self._asked(call, deeper))
            case ("GET", "linkedin", "sales-navigator", *deeper):
                return self._names(call, self._held(call, deeper))
            case ("GET", "users", who):
                self.only(call, "with_sections", "variant")
                product = (call.request.one("variant") or "linkedin_classic").split("_")[1]
                sections = call.request.query.get("with_sections", [])
                return self.profile(call, who, product, sections, full_v2)
            case ("GET", "posts", post):
                self.only(call)
                return self._opened(call, self.post(post))
            case ("GET", "posts", social, "comments", *deeper):
                return self._comments(call, social, deeper)
            case ("GET", "accounts", _):
                return {
                    "object": "Account",
                    "id": call.account,
                    "provider": "linkedin",
                    "name": "Ada A",
                    "status": self.control.status or "running",
                }
            case _:
                raise Refuse("gone", "Cannot find that path")

    def _asked(self, call: Call, parts: list[str]) -> tuple[str, Source]:
        match parts:
            case ["search"]:
                return "classic", self._url(call, "/search/results/people")
            case ["sales-navigator", "search"]:
                return "sales", self._url(call, "/sales/")
            case ["recruiter", "search"]:
                return "recruiter", self._url(call, "/talent/")
            case ["sales-navigator", "search", "people"]:
                wanted = json_object(call.request.body)["load_saved_search"]["id"]
                return "sales", self.named(self.world.saved_searches, wanted)
            case ["sales-navigator", "lead-lists", number]:
                return "sales", self.named(self.world.lead_lists, number)
            case _:
                raise Refuse("gone", "Cannot find that path")

    def _held(self, call: Call, parts: list[str]) -> dict[str, Source]:
        if parts == ["lead-lists"]:
            return self.world.lead_lists
        if parts == ["search", "parameters"] and call.request.one("type") == "SAVED_PEOPLE_SEARCH":
            return self.world.saved_searches
        raise Refuse("400")

    def _opened(self, call: Call, number: str) -> dict[str, Any]:
        self.count(call, "pages", 1)
        comments = self.world.comments(number)
        return {
            "object": "Post",
            "id": self.social_id(number),
            "is_repost": False,
            "comments_counter": float(sum(1 + len(each.replies) for each in comments)),
        }

    def _search(self, call: Call, product: str, source: Source) -> bytes:
        if not 1 <= call.limit <= CEILING[product]:
            raise Refuse("400", "limit must be less")
        by_cursor = product == "recruiter"
        self.only(call, "cursor" if by_cursor else "offset", "limit")
        start = int(call.request.one("cursor" if by_cursor else "offset") or 0)
        rows = self.world.rows(source)
        self._refuse_behind(call, len(rows))
        at, after, total = self.turn(call, start, len(rows))
        items = self.people(call, product, rows[at : at + call.limit])
        following = str(after) if by_cursor and after < len(rows) else None
        return (
            b'{"data":['
            + b",".join(items)
            + (b"]" if self.control.bare else b'],"total_count":%d.0' % total)
            + (b',"next_cursor":"%s"' % following.encode() if following else b"")
            + b"}"
        )

    def _names(self, call: Call, held: dict[str, Source]) -> dict[str, Any]:
        self.only(call, "type", "keywords", "offset", "limit")
        self._refuse_behind(call, len(held))
        start = int(call.request.one("offset") or 0)
        page = list(held.items())[start : start + 2]
        self.count(call, "pages", 1)
        # It says nothing about how many there are, and gives fewer than were asked for.
        return {"data": [{"id": number, "name": source.name} for number, source in page]}

    def _comments(self, call: Call, social: str, deeper: list[str]) -> dict[str, Any]:
        comments = self.world.comments(self.by_social_id(social))
        if deeper:
            comments = next(each.replies for each in comments if each.id == deeper[0])
        self.only(call, "offset", "cursor", "limit", *([] if deeper else ["sort_by"]))
        self._refuse_behind(call, len(comments))
        start = int(call.request.one("cursor") or call.request.one("offset") or 0)
        at, after, _ = self.turn(call, start, len(comments))
        self.count(call, "pages", 1)
        page = [comment_v2(each) for each in comments[at : at + call.limit]]
        items = ODD if call.fault == "odd" else [] if call.fault == "empty" else page
        if self.control.bare:
            return {"data": items}
        return {"data": items, "next_cursor": str(after) if after < len(comments) else None}

    def _refuse_behind(self, call: Call, length: int) -> None:
        """A bare list refuses to begin behind its last row."""
        offset = int(call.request.one("offset") or 0)
        if self.control.bare and 0 < offset >= length:
            raise Refuse("400", "Invalid offset")

    def _url(self, call: Call, part: str) -> Source:
        url = json_object(call.request.body).get("url")
        if not isinstance(url, str) or part not in url:
            raise Refuse("400", "Invalid URL")
        return self.world.searched(url)
