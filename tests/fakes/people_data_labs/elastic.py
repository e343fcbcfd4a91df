"""As much of Elasticsearch as the fake People Data Labs takes, strictly: any other query is refused.

A field that is compared whole takes `term` and `terms`, one of words `match_phrase`. The real one
takes more, and finds nobody where a query is of the wrong kind; here that is an error.
"""

from __future__ import annotations

import re
from typing import Any

WHOLE = frozenset(
    {
        "full_name",
        "first_name",
        "middle_name",
        "last_name",
        "job_title",
        "job_company_name",
        "job_company_linkedin_id",
        "job_company_linkedin_url",
        "job_company_industry",
        "job_company_industry_v2",
        "industry",
        "skills",
        "location_name",
        "location_locality",
        "location_region",
        "location_country",
        "linkedin_username",
        "experience.title.name",
        "experience.company.name",
        "experience.company.linkedin_id",
        "experience.company.linkedin_url",
        "education.school.name",
        "education.school.linkedin_url",
    }
)
OF_WORDS = frozenset(
    {"headline", "summary", "job_summary", "job_title.text", "experience.title.name.text"}
)
MAX_ARRAY = 1000
_WORD = re.compile(r"\w+")


class BadQuery(Exception):
    """A query that is not taken; the message says what of it."""


def matches(record: dict[str, Any], query: Any) -> bool:
    """Whether a record is found. Raises BadQuery, whoever it is."""
    if not isinstance(query, dict) or len(query) != 1:
        raise BadQuery(f"one kind of query each: {query!r}")
    ((kind, body),) = query.items()
    if kind == "bool":
        return _all(record, body)
    if kind not in {"term", "terms", "match_phrase"} or not isinstance(body, dict):
        raise BadQuery(f"unknown query {kind!r}")
    ((field, wanted),) = body.items()
    if field not in (OF_WORDS if kind == "match_phrase" else WHOLE):
        raise BadQuery(f"{kind} on {field}")
    if kind == "match_phrase":
        return any(_phrase(wanted, value) for value in _values(record, field.removesuffix(".text")))
    if kind == "term":
        return wanted in _values(record, field)
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MAX_ARRAY:
        raise BadQuery("an array of 1 to 1,000")
    return not set(wanted).isdisjoint(_values(record, field))


def _all(record: dict[str, Any], body: Any) -> bool:
    if not isinstance(body, dict) or not body or not {"must", "should", "must_not"} >= body.keys():
        raise BadQuery(f"bool has {body!r}")
    found = {}
    for kind, clauses in body.items():
        if not isinstance(clauses, list) or not 1 <= len(clauses) <= MAX_ARRAY:
            raise BadQuery("an array of 1 to 1,000")
        # Each is looked at, so that a bad one is found whatever the others say.
        found[kind] = [matches(record, clause) for clause in clauses]
    should = found.get("should")
    wants_one = should is not None and "must" not in found
    return (
        all(found.get("must", [True]))
        and (not wants_one or any(should))
        and not any(found.get("must_not", []))
    )


def _values(node: Any, path: str) -> list[str]:
    """All values at a path, of whichever entry of a list."""
    if isinstance(node, list):
        return [value for each in node for value in _values(each, path)]
    if not path:
        return [node] if isinstance(node, str) else []
    if not isinstance(node, dict):
        return []
    name, _, rest = path.partition(".")
    return _values(node.get(name), rest)


def _phrase(wanted: str, text: str) -> bool:
    words, found = _WORD.findall(wanted.lower()), _WORD.findall(text.lower())
    return any(found[at : at + len(words)] == words for at in range(len(found))) if words else False
