"""People and comments as Unipile writes them, in version 1 and 2, encoded once each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from fakes.unipile.world import Comment, human, token

_APPROACH = {"classic": "in/", "sales": "sales/lead/", "recruiter": "talent/profile/"}


def _page_of(index: int, product: str) -> str:
    end = {"classic": "", "sales": ",NAME_SEARCH,ab12", "recruiter": ""}[product]
    return f"https://www.linkedin.com/{_APPROACH[product]}{token(index, product)}{end}"


@lru_cache(maxsize=200_000)
def found(version: str, product: str, index: int) -> bytes:
    """A person of a search, as JSON."""
    made = found_v1 if version == "v1" else found_v2
    return msgspec.json.encode(made(product, index))


def found_v1(product: str, index: int) -> dict[str, Any]:
    """A person of a search of v1."""
    who = human(index)
    shown = None if who.hidden else who
    return {
        "object": "SearchResult",
        "type": "PEOPLE",
        "id": token(index, product),
        "public_identifier": shown and who.slug,
        "public_profile_url": shown and f"https://www.linkedin.com/in/{who.slug}",
        "profile_url": shown and _page_of(index, product),
        "profile_picture_url": shown and who.photo,
        "profile_picture_url_large": shown and f"{who.photo}/large",
        "member_urn": f"urn:li:member:{100_000_000 + index}",
        "name": shown and who.name,
        "first_name": shown and who.first,
        "last_name": shown and who.last,
        "headline": who.headline,
        "location": "Zürich",
        "industry": None,
        "network_distance": "OUT_OF_NETWORK" if who.hidden else "DISTANCE_2",
        "premium": index % 2 == 0,
        "open_profile": False,
        "pending_invitation": False,
        "current_positions": [
            {
                "company": who.company,
                "company_id": who.company_id,
                "role": who.title,
                "description": None,
                "location": "Zürich",
                "start": {"year": 2020, "month": 3},
                "tenure_at_role": {"years": 6, "months": 8},
            },
        ],
    }


def found_v2(product: str, index: int) -> dict[str, Any]:
    """A person of a search of v2."""
    who = human(index)
    shown = None if who.hidden else who
    sales: dict[str, Any] = {}
    if product != "classic":
        sales = {
            "summary": who.about,
            "contact_info": {"emails": [who.email] if who.email else [], "phones": []},
            "work_experience": _experience_v2(index),
        }
    return {
        "object": "PeopleSearchResult",
        "product": product,
        "id": token(index, product),
        "member_id": str(100_000_000 + index),
        "display_name": who.name if shown else "LinkedIn Member",
        "public_identifier": shown and who.slug,
        "profile_url": shown and _page_of(index, product),
        "public_picture_url": shown and who.photo,
        "public_picture_url_large": shown and f"{who.photo}/large",
        "headline": who.headline,
        "location": "Zürich",
        "network_distance": "OUT_OF_NETWORK" if who.hidden else "SECOND_DEGREE",
        **sales,
    }


def _experience_v2(index: int) -> list[dict[str, Any]]:
    who = human(index)
    company = {
        "id": who.company_id,
        "name": who.company,
        "public_identifier": f"company-{who.company_id}",
        "profile_url": f"https://www.linkedin.com/company/company-{who.company_id}/",
        "industries": ["Software Development"],
    }
    past = {"id": "1", "name": "Past Inc", "industries": []}
    return [
        {
            "job_title": "Trainee",
            "company": past,
            "started_on": "01/01/2010",
            "ended_on": "01/01/2020",
        },
        {"job_title": who.title, "company": company, "started_on": "03/01/2020"},
    ]


def full_v1(index: int, product: str, sections: list[str], *, throttled: bool) -> dict[str, Any]:
    """A profile of v1, with the sections that are asked for."""
    who = human(index)
    body: dict[str, Any] = {
        "object": "UserProfile",
        "provider": "LINKEDIN",
        "provider_id": token(index, product),
        "public_identifier": who.slug,
        "first_name": who.first,
        "last_name": who.last,
        "headline": who.headline,
        "location": "Zürich",
        "contact_info": {"emails": [who.email] if who.email else [], "phones": [], "adresses": []},
        "profile_picture_url": who.photo,
        "profile_picture_url_large": f"{who.photo}/large",
        "public_profile_url": f"https://www.linkedin.com/in/{who.slug}",
        "network_distance": "SECOND_DEGREE",
        "is_relationship": False,
        "websites": [],
    }
    if "about" in sections:
        body["summary"] = None if throttled else who.about
    if "experience" in sections:
        body["work_experience"] = (
            []
            if throttled
            else [
                {
                    "position": "Trainee",
                    "company": "Past Inc",
                    "start": "1/1/2010",
                    "end": "1/1/2020",
                },
                {
                    "position": who.title,
                    "company": who.company,
                    "company_id": who.company_id,
                    "company_url": f"https://www.linkedin.com/company/{who.company_id}/",
                    "current": True,
                    "start": "3/1/2020",
                    "end": None,
                },
            ]
        )
    if throttled:
        body["throttled_sections"] = ["experience"]
    return body


def full_v2(index: int, product: str, sections: list[str], *, throttled: bool) -> dict[str, Any]:
    """A profile of v2."""
    who = human(index)
    specifics: dict[str, Any] = {"member_id": str(100_000_000 + index)}
    if "linkedin_experience" in sections or product != "classic":
        specifics["experience"] = [] if throttled else _experience_v2(index)
    if throttled:
        specifics["throttled_sections"] = ["experience"]
    return {
        "object": "User",
        "type": "individual",
        "provider": "linkedin",
        "id": token(index, product),
        "public_identifier": who.slug,
        "display_name": who.name,
        "first_name": who.first,
        "last_name": who.last,
        "description": who.headline,
        "bio": who.about,
        "location": "Zürich",
        "emails": [who.email] if who.email else [],
        "phone_numbers": [],
        "profile_url": f"https://www.linkedin.com/in/{who.slug}",
        "public_picture_url": who.photo,
        "public_picture_url_large": f"{who.photo}/large",
        "specifics": specifics,
    }


def comment_v1(comment: Comment) -> dict[str, Any]:
    """A comment of v1: the name beside the details, a company known by its address alone."""
    who = human(comment.author or 0)
    if comment.author is None:
        author, details = (
            "Acme",
            {
                "id": "urn:li:fsd_company:1000",
                "headline": "900 followers",
                "profile_url": "https://www.linkedin.com/company/acme/",
            },
        )
    else:
        author, details = (
            who.name,
            {
                # Both forms are met.
                "id": token(who.index)
                if who.index % 2
                else f"urn:li:fsd_profile:{token(who.index)}",
                "headline": who.headline,
                "profile_url": f"https://www.linkedin.com/in/{who.slug}",
                "profile_picture_url": who.photo,
                "network_distance": "DISTANCE_3",
            },
        )
    return {
        "object": "Comment",
        "id": comment.id,
        "author": author,
        "author_details": details,
        "text": "Nice",
        "date": "1w",
        "reaction_counter": 0,
        "reply_counter": len(comment.replies),
    }


def comment_v2(comment: Comment) -> dict[str, Any]:
    """A comment of v2."""
    who = human(comment.author or 0)
    author: dict[str, Any]
    if comment.author is None:
        author = {"id": "1000", "object": "User", "type": "organization", "display_name": "Acme"}
    else:
        author = {
            "id": token(who.index),
            "object": "User",
            "type": "individual",
            "public_identifier": who.slug,
            "display_name": who.name,
            "profile_url": f"https://www.linkedin.com/in/{who.slug}",
            "description": who.headline,
            "public_picture_url": who.photo,
        }
    return {
        "object": "Comment",
        "id": comment.id,
        "author": author,
        "text": "Nice",
        "created_at": "2026-11-01T10:00:00.000Z",
        "reply_counter": float(len(comment.replies)),
    }


ODD: list[Any] = [
    None,
    7,
    "text",
    [],
    ["x"],
    True,
    {"id": 7, "name": ["x"], "current_positions": {"role": 1}, "profile_picture_url": 1},
    {"id": None, "public_identifier": 3.5, "work_experience": [None, 1, {"company": []}]},
    {"id": "", "name": "a\x00b", "headline": {"x": 1}, "profile_url": "nonsense"},
]
"""Items that nobody should fall over."""
