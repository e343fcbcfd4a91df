"""Version 1 of the fake Unipile: account in the query, `{items, cursor}`."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import msgspec

from fakes.unipile.routes import CEILING, Refuse, Routes, json_object
from fakes.unipile.shapes import ODD, comment_v1, full_v1

if TYPE_CHECKING:
    from fakes.unipile.routes import Call
    from fakes.unipile.world import Source


class RoutesV1(Routes):
    """What stands below `/api/v1`."""

    def body(self, call: Call, parts: list[str]) -> Any:
        match (call.request.method, *parts):
            case ("POST", "linkedin", "search"):
                return self._search(call)
            case ("GET", "linkedin", "search", "parameters"):
                return self._names(call)
            case ("GET", "users", who):
                self.only(call, "account_id", "linkedin_sections", "linkedin_api", "notify")
                sections = call.request.query.get("linkedin_sections", [])
                product = call.request.one("linkedin_api") or "classic"
                return self.profile(call, who, product.split("_")[0], sections, full_v1)
            case ("GET", "posts", post):
                self.only(call, "account_id")
                number = self.post(post)
                self.count(call, "pages", 1)
                comments = self.world.comments(number)
                return {
                    "object": "Post",
                    "provider": "LINKEDIN",
                    "id": number,
                    "is_repost": False,
                    "social_id": self.social_id(number),
                    "author": {"is_company": False},
                    "comment_counter": sum(1 + len(each.replies) for each in comments),
                }
            case ("GET", "posts", social, "comments"):
                return self._comments(call, social)
            case ("GET", "accounts", _):
                return {
                    "object": "Account",
                    "type": "LINKEDIN",
                    "id": call.account,
                    "name": "Ada A",
                    "sources": [{"id": "1", "status": self.control.status or "OK"}],
                }
            case _:
                raise Refuse("gone", "Cannot find that path")

    def _search(self, call: Call) -> bytes:
        self.only(call, "account_id", "cursor", "limit")
        body = json_object(call.request.body)
        cursor = call.request.one("cursor") or body.get("cursor")
        if sum(name in body for name in ("url", "api", "cursor")) != 1 or (
            cursor is not None and body.keys() != {"cursor"}
        ):
            raise Refuse("400", "Expected one of the documented bodies")
        start, params = 0, body
        if cursor is not None:
            kept = json_object(urlsafe_b64decode(cursor))
            if kept.get("account_id") != call.account or kept.get("limit") != call.limit:
                raise Refuse("400", "Invalid cursor")
            start, params = kept["start"], kept["params"]
        product, source = self._asked(params)
        if not 1 <= call.limit <= CEILING[product]:
            raise Refuse("400", "Expected limit to be less")
        rows = self.world.rows(source)
        at, after, total = self.turn(call, start, len(rows))
        items = self.people(call, product, rows[at : at + call.limit])
        following = None
        if after < len(rows):
            following = _text(
                {"account_id": call.account, "limit": call.limit, "start": after, "params": params}
            )
        paging = {"start": start, "page_count": len(items), "total_count": total}
        return (
            b'{"object":"LinkedinSearch","items":['
            + b",".join(items)
            + b'],"config":{"params":{}},"paging":'
            + msgspec.json.encode(paging)
            + b',"cursor":'
            + msgspec.json.encode(following)
            + b"}"
        )

    def _asked(self, params: dict[str, Any]) -> tuple[str, Source]:
        if "saved_search_id" in params:
            if (params.get("api"), params.get("category")) != ("sales_navigator", "people"):
                raise Refuse("400", "Expected api and category")
            return "sales", self.named(self.world.saved_searches, params["saved_search_id"])
        url = params.get("url")
        if not isinstance(url, str):
            raise Refuse("400", "Expected url")
        if "/sales/lists/people/" in url:
            return "sales", self.named(self.world.lead_lists, url.rpartition("/")[2])
        product = "sales" if "/sales/" in url else "recruiter" if "/talent/" in url else "classic"
        return product, self.world.searched(url)

    def _names(self, call: Call) -> dict[str, Any]:
        self.only(call, "account_id", "type", "service", "keywords", "limit")
        kind = call.request.one("type")
        if call.request.one("service") != "SALES_NAVIGATOR" or not 1 <= call.limit <= 100:
            raise Refuse("400")
        held = self.world.saved_searches if kind == "SAVED_SEARCHES" else self.world.lead_lists
        items = [
            {"object": "LinkedinSearchParameter", "id": number, "title": source.name}
            for number, source in list(held.items())[: call.limit]
        ]
        self.count(call, "pages", 1)
        # The documents have no cursor here, and no total.
        return {
            "object": "LinkedinSearchParametersList",
            "items": items,
            "paging": {"page_count": len(items)},
        }

    def _comments(self, call: Call, social: str) -> dict[str, Any]:
        self.only(call, "account_id", "cursor", "limit", "sort_by", "comment_id")
        if not 1 <= call.limit <= 100:
            raise Refuse("400")
        comments = self.world.comments(self.by_social_id(social))
        if (parent := call.request.one("comment_id")) is not None:
            comments = next(each.replies for each in comments if each.id == parent)
        start = int(call.request.one("cursor") or 0)
        at, after, total = self.turn(call, start, len(comments))
        self.count(call, "pages", 1)
        page = [comment_v1(each) for each in comments[at : at + call.limit]]
        items = ODD if call.fault == "odd" else [] if call.fault == "empty" else page
        following = str(after) if after < len(comments) else None
        return {"object": "CommentList", "items": items, "cursor": following, "total_items": total}


def _text(kept: dict[str, Any]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(kept)).decode()
