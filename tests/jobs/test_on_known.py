"""`onKnown` of a file's import: whether rows fill what is null or replace what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv, members
from support.service import problems

if TYPE_CHECKING:
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

HEADER = "publicIdentifier,providerId,email,firstName,lastName,name,headline,Team,Shoe"


async def after(api: Api, first: str, later: str, **more: Any) -> Any:
    """The person whom both rows are, after the second."""
    job = await api.import_file(csv(HEADER, first), "One")
    await api.import_file(csv(HEADER, later), "", audienceId=job["audienceId"], **more)
    (person,) = await members(api, job)
    return person


async def test_update_replaces_what_a_row_tells_but_identities(api: Api) -> None:
    person = await after(
        api,
        "jo,7,a@b.example,Jane,Doe,,CTO,red,42",
        "jo,8,c@b.example,Joan,,,CEO,blue,",
        onKnown="update",
    )
    assert (person["providerId"], person["email"]) == ("7", "a@b.example")
    assert (person["firstName"], person["lastName"], person["name"]) == ("Joan", "Doe", "Joan Doe")
    assert person["headline"] == "CEO"
    assert person["attributes"] == {"Team": "blue", "Shoe": "42"}


async def test_update_fills_identities_and_blanks_nothing(api: Api) -> None:
    person = await after(
        api, "jo,,,Jane,Doe,Jane M. Doe,CTO,red,", "jo,7,a@b.example,,,,,,", onKnown="update"
    )
    assert (person["providerId"], person["email"]) == ("7", "a@b.example")
    assert (person["name"], person["headline"]) == ("Jane M. Doe", "CTO")
    assert person["attributes"] == {"Team": "red"}


async def test_a_full_name_of_the_row_is_taken_as_it_is(api: Api) -> None:
    person = await after(
        api, "jo,,,Jane,Doe,,,,", "jo,,,Joan,Miller,Joan B. Miller,,,", onKnown="update"
    )
    assert person["name"] == "Joan B. Miller"


@pytest.mark.parametrize("more", [{}, {"onKnown": "fill"}])
async def test_fill_is_what_happens_otherwise(api: Api, more: dict[str, str]) -> None:
    person = await after(api, "jo,,,Jane,Doe,,CTO,red,", "jo,,,Joan,,,CEO,blue,42", **more)
    assert (person["firstName"], person["headline"]) == ("Jane", "CTO")
    assert person["attributes"] == {"Team": "red", "Shoe": "42"}


async def test_a_jobs_own_earlier_rows_are_known(api: Api) -> None:
    job = await api.import_file(
        csv(HEADER, "jo,,,,,,CTO,,", "jo,,,,,,CEO,,"), "One", onKnown="update"
    )
    (person,) = await members(api, job)
    assert person["headline"] == "CEO"


async def test_other_sources_and_other_words_are_refused_by_name(api: Api) -> None:
    urls = {"type": "url_upload", "urls": ["https://www.linkedin.com/in/jo"], "audienceName": "A"}
    assert set(problems(await api.post("prospecting", json={**urls, "onKnown": "fill"}))) == {
        "onKnown"
    }
    upload = await api.upload(csv(HEADER, "jo,,,,,,,,"))
    wrong = {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "A"}
    assert set(problems(await api.post("prospecting", json={**wrong, "onKnown": "merge"}))) == {
        "onKnown"
    }
