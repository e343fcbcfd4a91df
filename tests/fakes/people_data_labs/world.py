"""The made-up people behind the fake People Data Labs, as records of its schema, by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fakes.unipile.world import human

COUNTRIES = ("united states", "germany", "brazil")
PLACES = (
    ("denver", "colorado", "united states"),
    ("berlin", "berlin", "germany"),
    ("são paulo", "são paulo", "brazil"),
    ("atlanta", "georgia", "united states"),
)
TITLES = (
    "head of sales",
    "chief technology officer",
    "nurse",
    "founder",
    "data engineer",
    "vice president of marketing",
    "buyer",
)
INDUSTRIES = ("computer software", "hospital & health care", "retail")
SCHOOLS = ("stanford university", "universidade de são paulo")
# Every so many people have no LinkedIn.
WITHOUT_LINKEDIN = 19


@dataclass(slots=True)
class World:
    """How many there are, and whether contact data comes, or only word of whether there is some."""

    people: int = 250
    contact_flags: bool = False
    credits: int | None = None

    def records(self) -> list[dict[str, Any]]:
        return [self.record(index) for index in range(self.people)]

    def record(self, index: int) -> dict[str, Any]:
        found = dict(record(index))
        if self.contact_flags:
            found |= {name: bool(found[name]) for name in ("work_email", "emails")}
        return found

    def by_slug(self, slug: str) -> dict[str, Any] | None:
        """The person of a profile address, a former one included."""
        for prefix in ("person-", "formerly-"):
            number = slug.removeprefix(prefix)
            if number != slug and number.isdigit() and int(number) < self.people:
                index = int(number)
                return None if has_no_linkedin(index) else self.record(index)
        return None


def has_no_linkedin(index: int) -> bool:
    return index % WITHOUT_LINKEDIN == WITHOUT_LINKEDIN - 1


def own_id(index: int) -> str:
    return f"pDl{index:05}_0000"


@lru_cache(maxsize=10_000)
def record(index: int) -> dict[str, Any]:
    """In lower case, as all of them are."""
    who = human(index)
    town, region, country = PLACES[index % len(PLACES)]
    title, company = TITLES[index % len(TITLES)], who.company.lower()
    page = f"linkedin.com/company/company-{index % 40}"
    slug = None if has_no_linkedin(index) else who.slug
    profiles = [{"network": "facebook", "username": "x", "url": "facebook.com/x", "id": None}]
    if slug:
        for name in (slug, f"formerly-{index}"):
            url = f"linkedin.com/in/{name}"
            profiles.append({"network": "linkedin", "username": name, "url": url, "id": None})
    return {
        "id": own_id(index),
        "full_name": who.name.lower(),
        "first_name": who.first.lower(),
        "middle_name": None,
        "last_name": who.last.lower(),
        "linkedin_url": slug and f"linkedin.com/in/{slug}",
        "linkedin_username": slug,
        "linkedin_id": str(100_000_000 + index),
        "headline": f"{title} at {company}",
        "summary": who.about.lower() if index % 3 else None,
        "job_summary": None,
        "job_title": title,
        "job_company_name": company,
        "job_company_website": f"company{index % 40}.example",
        "job_company_industry": INDUSTRIES[index % len(INDUSTRIES)],
        "job_company_industry_v2": "software development" if index % 3 == 0 else None,
        "job_company_linkedin_url": page,
        "job_company_linkedin_id": who.company_id,
        "industry": INDUSTRIES[index % len(INDUSTRIES)],
        "skills": ["negotiation"] if index % 2 else ["python", "sql"],
        "location_name": f"{town}, {region}, {country}",
        "location_locality": town,
        "location_region": region,
        "location_country": country,
        "work_email": f"person{index}@company.example" if index % 2 == 0 else None,
        "emails": [
            {"address": f"private{index}@mail.example", "type": "personal"},
            {"address": f"desk{index}@company.example", "type": "professional"},
        ]
        if index % 4 != 3
        else [],
        "profiles": profiles,
        "experience": [job(index), job(index + 1)],
        "education": [{"school": {"name": SCHOOLS[index % 2], "linkedin_url": None}}],
    }


def job(index: int) -> dict[str, Any]:
    """The job that somebody has now, and the one before for the person before."""
    company = human(index).company
    return {
        "title": {"name": TITLES[index % len(TITLES)]},
        "company": {
            "name": company.lower(),
            "linkedin_id": human(index).company_id,
            "linkedin_url": f"linkedin.com/company/company-{index % 40}",
        },
    }
