"""From the records of People Data Labs to people. Pure.

From its page "Person Schema": field names, addresses without `https://www.`, texts in lower case
unless `titlecase` is asked for. A plan without a field sends `true` or `false` in its place, which
says only whether there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.linkedin import Refused, parse_profile, parse_slug
from houselist.providers.base import ProviderPerson
from houselist.providers.fields import Json, digits, objects, text, web_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.linkedin import Profile

_MAX_ID: Final = 255
_MAX_URL: Final = 2_048
_COMPANY_PAGE: Final = "linkedin.com/company/"

# What is asked for, so that a response stays below the 1 MB that it may have.
FIELDS: Final = (
    "id",
    "full_name",
    "first_name",
    "last_name",
    "linkedin_url",
    "linkedin_username",
    "headline",
    "summary",
    "job_title",
    "location_name",
    "job_company_name",
    "job_company_website",
    "job_company_industry",
    "job_company_linkedin_url",
    "job_company_linkedin_id",
)
# Those of a look-up alone: all addresses that a person has had, and the work e-mail addresses.
PROFILES: Final = "profiles"
EMAILS: Final = ("work_email", "emails")
# Which of `emails` are used, the best first. Private addresses are not: this is about work.
_EMAIL_TYPES: Final = ("current_professional", "professional")


def person(record: Json, *, emails: bool) -> ProviderPerson:
    """A person; without LinkedIn they still have an id."""
    profile = _profile(record)
    slug = profile.value if profile is not None and profile.kind == "in" else None
    page = _page(record.get("job_company_linkedin_url"))
    company = page.rpartition(_COMPANY_PAGE)[2] if page and _COMPANY_PAGE in page else None
    return ProviderPerson(
        provider_id=_own_id(record.get("id")),
        public_identifier=slug,
        linkedin_url=profile and profile.url,
        email=_email(record) if emails else None,
        first_name=text(record.get("first_name")),
        last_name=text(record.get("last_name")),
        name=text(record.get("full_name")),
        headline=text(record.get("headline")),
        about=text(record.get("summary")),
        title=text(record.get("job_title")),
        location=text(record.get("location_name")),
        company_name=text(record.get("job_company_name")),
        company_linkedin_identifier=company or digits(record.get("job_company_linkedin_id")),
        company_linkedin_url=page,
        company_industry=text(record.get("job_company_industry")),
        company_website=_page(record.get("job_company_website"), www=False),
    )


def slugs(record: Json) -> set[str]:
    """All public names at LinkedIn that the record knows of the person, former ones too."""
    profiles = objects(record.get(PROFILES))
    urls = [each.get("url") for each in profiles if _is_linkedin(each)]
    names = [each.get("username") for each in profiles if _is_linkedin(each)]
    found = (
        *(_parsed_slug(name) for name in (record.get("linkedin_username"), *names)),
        *(_parsed_page(url) for url in (record.get("linkedin_url"), *urls)),
    )
    return {each.value for each in found if each is not None and each.kind == "in"}


def _profile(record: Json) -> Profile | None:
    by_name = _parsed_slug(record.get("linkedin_username"))
    if by_name is not None and by_name.kind == "in":
        return by_name
    return _parsed_page(record.get("linkedin_url"))


def _is_linkedin(profile: Json) -> bool:
    return (text(profile.get("network")) or "").lower() == "linkedin"


def _parsed_slug(value: object) -> Profile | None:
    shown = text(value)
    try:
        return parse_slug(shown) if shown else None
    except Refused:
        return None


def _parsed_page(value: object) -> Profile | None:
    shown = text(value)
    try:
        return parse_profile(shown.lower()) if shown and len(shown) <= _MAX_URL else None
    except Refused:
        return None


def _own_id(value: object) -> str | None:
    found = text(value)
    return found if found and len(found) <= _MAX_ID and found.isprintable() else None


def _page(value: object, *, www: bool = True) -> str | None:
    """A web address from one that comes without its beginning."""
    found = text(value)
    if found is None or len(found) > _MAX_URL:
        return None
    bare = found.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return web_address(f"https://{'www.' if www else ''}{bare.rstrip('/')}")


def _email(record: Json) -> str | None:
    listed = objects(record.get("emails"))
    by_type = (
        each.get("address")
        for type_ in _EMAIL_TYPES
        for each in listed
        if (text(each.get("type")) or "").lower() == type_
    )
    return _first_email((record.get("work_email"), *by_type))


def _first_email(values: Iterable[object]) -> str | None:
    found = (text(value) for value in values)
    return next((each.lower() for each in found if each and "@" in each), None)
