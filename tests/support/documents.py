"""The table of endpoints in docs/api.md, as the API has them. `make docs` writes it."""

from __future__ import annotations

from houselist.app import API
from support.rules import ROOT

PAGE = ROOT / "docs" / "api.md"
_HEAD = "| endpoint | permission | what it does |\n|---|---|---|\n"
_ACCOUNT = "/v1/accounts/{accountGroupId}"


def endpoint_table() -> str:
    """A row for each endpoint; the first paragraph of its docstring is what it does."""
    rows = [
        f"| `{each.route.replace(_ACCOUNT, '')}` | {_permission(each.permission)} |"
        f" {each.endpoint.description.partition(chr(10) * 2)[0]} |\n"
        for each in API
    ]
    return _HEAD + "".join(rows)


def _permission(permission: str | None) -> str:
    return "any key" if permission is None else f"`{permission}`"


def write() -> None:
    """Puts the table in the place of the one in the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, heading, rest = page.partition("## Endpoints\n")
    start = rest.index("| endpoint |")
    end = rest.index("\n\n", start) + 1
    PAGE.write_text(before + heading + rest[:start] + endpoint_table() + rest[end:], "utf-8")


if __name__ == "__main__":
    write()
