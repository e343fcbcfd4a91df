"""What Houselist assumes of Unipile because its public pages do not say it, all in this one place.

docs/operations.md lists them with the same words, for whoever sees that one is wrong. Everything
else in this package stands on the pages of v1.0 or v2.0, or in the SDKs that Unipile publishes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from houselist.providers.assumption import Assumption, words_of

# "Perform LinkedIn search" of v1.0 has both; the pages of v2.0 have a default and no maximum.
CLASSIC_PAGE: Final = Assumption(
    50, "Version 2 sends up to 50 people on a page of a LinkedIn search, as version 1 does."
)
OTHER_PAGE: Final = Assumption(
    100,
    "Version 2 sends up to 100 people on a page of Sales Navigator and Recruiter, and up to 100"
    " comments, as version 1 does.",
)
# "Retrieve LinkedIn search parameters" of v1.0 has 100.
NAMED_PAGE: Final = Assumption(
    100, "Version 2 sends up to 100 saved searches or lead lists on a page, as version 1 does."
)
CURSOR_HOLDS_SIZE: Final = Assumption(
    "limit",
    "A cursor belongs to the size of page that it came with: the cursors in version 1's examples"
    " hold it, as `limit`. It is resumed with the same size, in version 2 as well.",
)
NEXT_CURSOR: Final = Assumption(
    "cursor",
    "Where version 2 sends a `next_cursor`, it takes it back as `cursor`, also where the page of a"
    " request names only `offset`.",
)
BEHIND_THE_LAST: Final = Assumption(
    400,
    "Version 2 refuses a page behind the last one with status 400 where it counts nothing. This is"
    " taken as the end, and only after other pages came.",
)
WRONG_KEY: Final = Assumption(
    frozenset({"errors/missing_credentials", "api/invalid_credentials"}),
    "`errors/missing_credentials` (version 1) and `api/invalid_credentials` (version 2) are about"
    " the API key and not about the account.",
)
ACCOUNT_LACKS: Final = Assumption(
    frozenset({"api/insufficient_permissions", "errors/account_mismatch"}),
    "`api/insufficient_permissions` and `errors/account_mismatch` are about everything of this kind"
    " that the account asks for, and not about one person.",
)
ACCOUNT_GONE: Final = Assumption(
    "account not found",
    "A 404 that says `Account not found` is about the account, and any other about what was asked"
    " for.",
)
LIMIT_PERIOD: Final = Assumption(
    timedelta(days=1),
    "What `limit_exceeded` counts begins anew at midnight UTC, as the budget here does.",
)
UNTRUSTED_WAIT: Final = Assumption(
    "provider",
    "How long LinkedIn throttles an account is not known to Unipile: the `Retry-After` of"
    " `provider/too_many_requests` is not gone by.",
)
LOCKED: Final = Assumption(
    "is_locked", "An account of version 2 with `is_locked` has to be connected again."
)
HELD_BACK_COUNT: Final = Assumption(
    "work_experience_total_count",
    "A profile that counts positions in `work_experience_total_count` and sends none was held back,"
    " even where `throttled_sections` does not say so.",
)
COMPANY_PAGES: Final = Assumption(
    ("/company/", "/school/", "/showcase/"),
    "In version 1, whoever commented from a company's, school's or showcase page is not a person.",
)
MEMBER_BYTES: Final = Assumption(
    slice(2, 8),
    "LinkedIn's ids of one person hold the same member number for LinkedIn, Sales Navigator and"
    " Recruiter. It is only used to notice another person's profile.",
)

ASSUMPTIONS: Final = words_of(dict(globals()))
