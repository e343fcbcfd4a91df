"""What Houselist assumes of People Data Labs because its public pages do not say it, in one place.

docs/operations.md lists them with the same words, for whoever sees that one is wrong.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from houselist.providers.assumption import Assumption, words_of

TITLE_NOW: Final = Assumption(
    "job_title.text", "The title of the job held now is searched by its words in `job_title.text`."
)
TITLE_EVER: Final = Assumption(
    "experience.title.name.text",
    "The titles of all jobs are searched by their words in `experience.title.name.text`.",
)
TEXTS: Final = Assumption(
    ("headline", "summary", "job_summary"),
    "`headline`, `summary` and `job_summary` are searched by their words, and every other field by"
    " its whole value.",
)
PHRASE: Final = Assumption(
    "match_phrase", "`match_phrase` is among the kinds of queries that a search takes."
)
SPELLED_OUT: Final = Assumption(
    {
        "ceo": "chief executive officer",
        "cfo": "chief financial officer",
        "coo": "chief operating officer",
        "cto": "chief technology officer",
        "cio": "chief information officer",
        "cmo": "chief marketing officer",
        "cro": "chief revenue officer",
        "chro": "chief human resources officer",
        "ciso": "chief information security officer",
        "vp": "vice president",
        "svp": "senior vice president",
        "evp": "executive vice president",
        "hr": "human resources",
    },
    "Titles may be kept short (`ceo`) or spelled out, as the example records are, so both are"
    " searched for.",
)
COUNTRY: Final = Assumption(
    "location_country", "A country is kept under one of the names that LinkedIn has for it."
)
INDUSTRIES: Final = Assumption(
    ("industry", "job_company_industry", "job_company_industry_v2"),
    "Industries are kept under LinkedIn's names, old or new.",
)
ENDS_AT_TOTAL: Final = Assumption(
    value=True,
    words="A search is over when as many records have come as `total` says, or when no record, no"
    " `scroll_token` or a 404 comes.",
)
SAME_PAGE: Final = Assumption(
    value=True,
    words="The same `scroll_token` gives the same page again, so one that comes back with its own"
    " page leads in a circle.",
)
KEPT_LETTERS: Final = Assumption(
    "", "In the address of a profile, letters beyond ASCII are percent-encoded."
)
OF_THE_KEY: Final = Assumption(
    frozenset({401, 402, 403, 429}),
    "An entry of a bulk may have the status 401, 402, 403 or 429, as where credits end on the way."
    " From there on nothing was done.",
)
KEY_IS_GOOD: Final = Assumption(
    frozenset({400, 404}),
    "A request without parameters is refused with 400 or 404 only after the key was accepted.",
)
WINDOW: Final = Assumption(
    timedelta(seconds=60),
    "Where a 429 has no `x-ratelimit-reset`, the limit on requests is over after a minute.",
)

ASSUMPTIONS: Final = words_of(dict(globals()))
