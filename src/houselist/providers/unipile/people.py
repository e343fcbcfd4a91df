"""From Unipile's items to people, by what both versions name alike and where they differ. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from houselist.providers.base import ProviderPerson
from houselist.providers.fields import (
    Json,
    digits,
    first_text,
    inner,
    objects,
    text,
    texts,
    web_address,
)
from houselist.providers.unipile.identity import identity
from houselist.providers.unipile.unconfirmed import COMPANY_PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

# What LinkedIn shows in the place of a name that the account may not see.
_NO_NAMES: Final = frozenset({"linkedin member", "linkedin", "member"})


class _Names(NamedTuple):
    name: str | None
    first: str | None
    last: str | None


class _Work(NamedTuple):
    title: str | None = None
    company: str | None = None
    identifier: str | None = None
    url: str | None = None
    industry: str | None = None


def found_person(item: Json) -> ProviderPerson:
    """A person of a search or list, in either version. E-mail addresses are left out."""
    positions = (
        *objects(item.get("current_positions")),
        *_current(objects(item.get("work_experience"))),
    )
    return _person(
        item,
        ids=(item.get("id"), item.get("provider_id")),
        urls=(item.get("public_profile_url"), item.get("profile_url")),
        about=item.get("summary"),
        headline=item.get("headline"),
        positions=positions,
    )


def profile_v1(body: Json, *, emails: bool) -> ProviderPerson:
    """A profile of v1."""
    return _person(
        body,
        ids=(body.get("provider_id"), body.get("id")),
        urls=(body.get("public_profile_url"), body.get("profile_url")),
        about=body.get("summary"),
        headline=body.get("headline"),
        positions=_current(objects(body.get("work_experience"))),
        email=_email(inner(body.get("contact_info")).get("emails")) if emails else None,
    )


def profile_v2(body: Json, *, emails: bool) -> ProviderPerson:
    """A profile of v2, whose headline is `description` and whose about is `bio`."""
    experience = inner(body.get("specifics")).get("experience")
    found = (body.get("emails"), inner(body.get("contact_info")).get("emails"))
    return _person(
        body,
        ids=(body.get("id"),),
        urls=(body.get("profile_url"),),
        about=body.get("bio"),
        headline=body.get("description"),
        positions=_current(objects(experience) or objects(body.get("work_experience"))),
        email=next((each for value in found if (each := _email(value))), None) if emails else None,
    )


def commenter(item: Json) -> ProviderPerson | None:
    """Who wrote a comment, in either version; None for a company."""
    # v1 keeps the author's name as a text beside the details, v2 has all of them in one object.
    details = inner(item.get("author_details")) or inner(item.get("author"))
    written = text(item.get("author"))
    is_urn = written is not None and written.startswith("urn:")
    ids = (details.get("id"), written if is_urn else None)
    urls = (details.get("profile_url"),)
    if _is_company(details, ids, urls):
        return None
    return _person(
        {"name": None if is_urn else written, **details},
        ids=ids,
        urls=urls,
        about=None,
        headline=first_text((details.get("headline"), details.get("description"))),
        positions=(),
    )


def _person(
    item: Json,
    *,
    ids: Sequence[object],
    urls: Sequence[object],
    about: object,
    headline: object,
    positions: Sequence[Json],
    email: str | None = None,
) -> ProviderPerson:
    who = identity(ids, item.get("public_identifier"), urls)
    names, work = _names(item), _work(positions)
    return ProviderPerson(
        provider_id=who.provider_id,
        public_identifier=who.slug,
        linkedin_url=who.url,
        email=email,
        first_name=names.first,
        last_name=names.last,
        name=names.name,
        headline=text(headline),
        about=text(about),
        title=work.title,
        location=text(item.get("location")),
        photo_url=web_address(
            item.get("profile_picture_url_large"),
            item.get("public_picture_url_large"),
            item.get("profile_picture_url"),
            item.get("public_picture_url"),
        ),
        company_name=work.company,
        company_linkedin_identifier=work.identifier,
        company_linkedin_url=work.url,
        company_industry=work.industry,
    )


def _names(item: Json) -> _Names:
    first, last = text(item.get("first_name")), text(item.get("last_name"))
    whole = first_text((item.get("name"), item.get("display_name")))
    together = " ".join(part for part in (first, last) if part)
    if (whole or together).lower() in _NO_NAMES:
        return _Names(None, None, None)
    return _Names(whole or together or None, first, last)


def _current(experience: Sequence[Json]) -> list[Json]:
    """The positions that are held now: told so, or without an end."""
    told = [each for each in experience if each.get("current") is True]
    return told or [
        each
        for each in experience
        if each.get("current") is not False and not each.get("end") and not each.get("ended_on")
    ]


def _work(positions: Sequence[Json]) -> _Work:
    """Title and company of the first position, which is the one people show."""
    for position in positions:
        company = inner(position.get("company"))
        title = first_text(
            (position.get("role"), position.get("position"), position.get("job_title"))
        )
        name = first_text((position.get("company"), company.get("name")))
        if title or name:
            identifier = first_text((company.get("public_identifier"),)) or first_text(
                digits(each) for each in (position.get("company_id"), company.get("id"))
            )
            url = web_address(position.get("company_url"), company.get("profile_url"))
            industries = texts(company.get("industries"))
            return _Work(
                title,
                name,
                identifier,
                url or (identifier and f"https://www.linkedin.com/company/{_quoted(identifier)}"),
                first_text((position.get("industry"), *industries)),
            )
    return _Work()


def _quoted(identifier: str) -> str:
    return quote(identifier, safe="")


def _email(value: object) -> str | None:
    return next((each for each in texts(value) if "@" in each), None)


def _is_company(details: Json, ids: Sequence[object], urls: Sequence[object]) -> bool:
    """v2 tells the type; in v1 the address and the form of the id give a company away."""
    told = text(details.get("type"))
    if told is not None:
        return told in {"organization", "other"}
    addresses = [found for url in urls if (found := text(url))]
    if addresses:
        return any(page in address for address in addresses for page in COMPANY_PAGES.value)
    own_id = (first_text(ids) or "").lower()
    return own_id.isdigit() or (
        own_id.startswith("urn:") and ("company" in own_id or "organization" in own_id)
    )
