"""What the fake People Data Labs answers, by its published pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from fakes.people_data_labs.elastic import BadQuery, matches
from fakes.unipile.routes import Reply

if TYPE_CHECKING:
    from fakes.people_data_labs.world import World
    from fakes.unipile.faults import Control, Request, Stats

# What changes the answer's status: status and type of the error.
REFUSALS: dict[str, tuple[int, str]] = {
    "400": (400, "invalid_request_error"),
    "401": (401, "authentication_error"),
    "402": (402, "payment_required"),
    "403": (403, "authentication_error"),
    "405": (405, "invalid_request_error"),
    "429": (429, "rate_limit_error"),
    "429-reset": (429, "rate_limit_error"),
    "500": (500, "api_error"),
    "503": (503, "api_error"),
}
# What a page of a search, and what a bulk does.
PAGES = ("twice", "empty", "total", "no-total", "last-token", "odd")
BULKS = (
    "somebody-else",
    "no-metadata",
    "shuffled",
    "short",
    "all-402",
    "one-500",
    "all-503",
    "object",
)


class Refuse(Exception):
    """An answer that is no success; `name` is one of REFUSALS, or 404."""

    def __init__(self, name: str, message: str | None = None) -> None:
        super().__init__(name)
        self.name, self.message = name, message


@dataclass(slots=True)
class Routes:
    """The answers; counts the credits that they cost."""

    world: World
    control: Control
    stats: Stats

    def kind(self, path: str) -> str:
        """What a path is, for faults and counts."""
        return {"/v5/person/search": "search", "/v5/person/bulk": "bulk"}.get(path, "enrich")

    def answer(self, request: Request, fault: str | None) -> Reply:
        key = request.headers.get("x-api-key", "")
        self.stats.keys.add(key)
        try:
            body = self._body(request, key, fault)
        except Refuse as refuse:
            return self._refused(refuse, fault)
        return Reply(200, msgspec.json.encode(body), self._headers())

    def _body(self, request: Request, key: str, fault: str | None) -> Any:
        if fault in REFUSALS:
            raise Refuse(fault)
        if self.control.keys is not None and key not in self.control.keys:
            raise Refuse("401")
        if self.world.credits is not None and self.world.credits <= 0:
            raise Refuse("402")
        said = msgspec.json.decode(request.body) if request.body else {}
        match request.method, request.path:
            case "POST", "/v5/person/search":
                return self._search(said, fault)
            case "POST", "/v5/person/bulk":
                return self._bulk(said, fault)
            case "GET", "/v5/person/enrich":
                raise Refuse("400", "Request must contain at least one parameter")
            case _:
                raise Refuse("405")

    def _search(self, said: dict[str, Any], fault: str | None) -> dict[str, Any]:
        size = said.get("size", 1)
        wrapped = said.get("query")
        if not isinstance(size, int) or not 1 <= size <= 100:
            raise Refuse("400", "size must be between 1 and 100")
        if not isinstance(wrapped, dict) or wrapped.keys() != {"query"}:
            raise Refuse("400", "query must be an Elasticsearch query")
        try:
            found = [each for each in self.world.records() if matches(each, wrapped["query"])]
        except BadQuery as error:
            raise Refuse("400", str(error)) from error
        first = self._first(said.get("scroll_token"), fault, size)
        page = found[first : first + size] if fault != "empty" else []
        if not page and fault != "empty":
            raise Refuse("404")
        self._charge("search", len(page))
        token = f"{first + len(page)}$12.176522"
        body = {
            "status": 200,
            "data": [_shown(each, said) for each in page],
            "scroll_token": token,
            "total": len(found),
        }
        return _spoilt(body, fault, is_last=first + size >= len(found))

    def _first(self, token: str | None, fault: str | None, size: int) -> int:
        if token is None:
            return 0
        number, dollar, _ = token.partition("$")
        if not dollar or not number.isdigit():
            raise Refuse("400", "scroll_token is invalid")
        return max(0, int(number) - size) if fault == "twice" else int(number)

    def _bulk(self, said: dict[str, Any], fault: str | None) -> Any:
        requests = said.get("requests")
        if not isinstance(requests, list) or not 1 <= len(requests) <= 100:
            raise Refuse("400", "requests must have 1 to 100 entries")
        entries = [self._entry(each, at, fault) for at, each in enumerate(requests)]
        match fault:
            case "no-metadata":
                return [{**each, "metadata": None} for each in entries]
            case "shuffled":
                return entries[::-1]
            case "short":
                return entries[:-1]
            case "object":
                return {"status": 200, "data": entries}
        return entries

    def _entry(self, request: dict[str, Any], at: int, fault: str | None) -> dict[str, Any]:
        params, metadata = request["params"], request.get("metadata")
        ended = self.world.credits is not None and self.world.credits <= 0
        name = "402" if ended else _failing(fault, at)
        if name is not None:
            status, type_ = REFUSALS[name]
            return {**_error(status, type_, type_), "metadata": metadata}
        (page,) = params["profile"]
        slug = page.removeprefix("linkedin.com/in/")
        record = self.world.by_slug("person-0" if fault == "somebody-else" else slug)
        if record is None:
            words = "No records were found matching your request"
            return {**_error(404, "not_found", words), "metadata": metadata}
        self._charge("enrich", 1)
        data = _shown(record, params)
        return {"status": 200, "likelihood": 10, "data": data, "metadata": metadata}

    def _charge(self, kind: str, count: int) -> None:
        self.stats.served["key"][self.control.today()][kind] += count
        if self.world.credits is not None:
            self.world.credits -= count

    def _headers(self) -> dict[str, str]:
        reset = datetime.now(UTC) + timedelta(seconds=self.control.retry_after)
        return {
            "x-ratelimit-remaining": '{"minute": 9}',
            "x-ratelimit-reset": reset.strftime("%Y-%m-%d %H:%M:%S"),
            "x-totallimit-remaining": str(max(0, self.world.credits or 0)),
        }

    def _refused(self, refuse: Refuse, fault: str | None) -> Reply:
        status, type_ = REFUSALS.get(refuse.name, (404, "not_found"))
        headers = self._headers() if fault != "429" else {}
        message = refuse.message or f"The request was refused: {type_}"
        return Reply(status, msgspec.json.encode(_error(status, type_, message)), headers)


def _failing(fault: str | None, at: int) -> str | None:
    """How an entry of a bulk fails, by one of REFUSALS."""
    extent, _, name = (fault or "").partition("-")
    return name if extent == "all" or (extent == "one" and at == 0) else None


def _error(status: int, type_: str, message: str) -> dict[str, Any]:
    return {"status": status, "error": {"type": type_, "message": message}}


def _spoilt(body: dict[str, Any], fault: str | None, *, is_last: bool) -> dict[str, Any]:
    match fault:
        case "total":
            body["total"] += 50
        case "no-total":
            del body["total"]
            if is_last:
                del body["scroll_token"]
        case "last-token":
            del body["total"]
        case "odd":
            body["data"] = [*body["data"], None, 7]
    return body


def _shown(record: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The fields that were asked for. Title case spares nothing but the id."""
    include = said.get("data_include")
    names = record if include is None else include.split(",")
    shown = {name: record[name] for name in names}
    if not said.get("titlecase"):
        return shown
    return {name: value if name == "id" else _titled(value) for name, value in shown.items()}


def _titled(value: Any) -> Any:
    if isinstance(value, str):
        return value.title()
    if isinstance(value, list):
        return [_titled(each) for each in value]
    return {k: _titled(v) for k, v in value.items()} if isinstance(value, dict) else value
