"""Files as other products export them, and as people make them, through the whole service.

The files in tests/files/cases have the shapes of real ones; everybody in them is made up.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import members, outcomes
from support.service import data, problems

if TYPE_CHECKING:
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

CASES = Path(__file__).parents[1] / "files" / "cases"


async def imported(api: Api, name: str) -> tuple[Any, list[str], list[Any]]:
    """The job of a case with the suggested mapping, the outcome of its rows and its people."""
    (path,) = CASES.glob(f"{name}-*")
    type_ = "application/x-ndjson" if path.suffix == ".ndjson" else "text/csv"
    job = await api.import_file(path.read_bytes(), name, type_=type_)
    assert job["status"] == "completed"
    return job, await outcomes(api, job), await members(api, job)


async def rows_of(api: Api, job: Any) -> list[Any]:
    return await api.all_items(f"prospecting/{job['jobId']}/rows", limit=250)


def said(person: Any, *fields: str) -> list[Any]:
    return [
        person["company"][field.removeprefix("company.")]
        if field.startswith("company.")
        else person[field]
        for field in fields
    ]


async def test_linkedins_connections_have_notes_above_and_people_without_address(api: Api) -> None:
    _, ends, people = await imported(api, "01")
    assert ends == ["added", "added", "invalid"]
    assert said(people[0], "name", "company.name", "title") == [
        "Mira Oldenburg",
        "Brandt, Söhne & Co",
        "Head of Sales",
    ]


async def test_linkedins_imported_contacts(api: Api) -> None:
    _, ends, people = await imported(api, "121")
    assert ends == ["added"]
    assert said(people[0], "email", "company.name", "title") == ["al121@x.example", "Acme", "CEO"]


async def test_zoominfo(api: Api) -> None:
    _, ends, people = await imported(api, "02")
    assert ends == ["added", "added"]
    assert said(people[0], "publicIdentifier", "company.linkedinUrl", "company.industry") == [
        "ada-quill-02",
        "https://www.linkedin.com/company/quill-works",
        "Software",
    ]
    assert people[1]["email"] == "ben.rowe02@quillworks.example"


async def test_google_contacts_with_several_addresses_in_a_cell(api: Api) -> None:
    _, ends, people = await imported(api, "03")
    assert ends == ["added", "added", "invalid"]
    assert said(people[0], "email", "title", "company.name") == [
        "sanne03@wit.example",
        "Buyer",
        "Wit BV",
    ]
    both = "sanne03@wit.example ::: sanne.private03@home.example"
    assert people[0]["attributes"]["E-mail 1 - Value"] == both
    assert people[1]["email"] == "piet03@groen.example"
    assert people[1]["attributes"]["E-mail 2 - Value"] == "piet.w03@groen.example"
    _, ends, people = await imported(api, "03b")
    assert said(people[0], "name", "title", "company.name") == [
        "Priya Nair",
        "Owner",
        "Nair Trading",
    ]


async def test_outlook(api: Api) -> None:
    _, ends, people = await imported(api, "04")
    assert ends == ["added", "added"]
    assert said(people[0], "title", "email") == ["CEO", "olga04@petrov.example"]
    assert people[0]["attributes"]["Title"] == "Dr."
    assert said(people[1], "title", "email") == ["CTO", "vik04@or.example"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("05", "lena-fisk-05"), ("06", "noa-bar-06")],
    ids=["phantombuster", "evaboot"],
)
async def test_slug_and_internal_id_are_both_known(api: Api, name: str, slug: str) -> None:
    job, ends, people = await imported(api, name)
    assert ends == ["added"]
    assert people[0]["publicIdentifier"] == slug
    (row,) = await rows_of(api, job)
    column = "linkedInProfileUrl" if name == "05" else "Sales Navigator URL"
    again = await api.import_file(f'LinkedIn URL\n"{row["input"][column]}"\n', f"{name} again")
    assert await members(api, again) == [
        {**people[0], "addedAt": (await members(api, again))[0]["addedAt"]}
    ]


async def test_a_column_of_profiles_whatever_it_is_called(api: Api) -> None:
    _, ends, people = await imported(api, "07")
    assert said(people[0], "publicIdentifier", "company.linkedinUrl") == [
        "ugo-bassi-07",
        "https://www.linkedin.com/company/bassi-srl/",
    ]
    _, ends, people = await imported(api, "142")
    assert ends == ["added"]
    assert said(people[0], "publicIdentifier", "firstName", "name") == ["a-142", "A", "A B"]
    _, ends, people = await imported(api, "14")
    assert said(
        people[0], "publicIdentifier", "email", "company.linkedinUrl", "company.website"
    ) == ["rui-sa-14", "rui14@sa.example", "https://www.linkedin.com/company/sa-lda", None]


async def test_pipedrive(api: Api) -> None:
    _, ends, people = await imported(api, "08")
    assert ends == ["added", "added"]
    assert people[0]["publicIdentifier"] == "ida-holm-08"
    assert people[1]["email"] == "jens08@berg.example"
    assert "jens.alt08@berg.example" in people[1]["attributes"]["Person - Email - Work"]


async def test_salesforce(api: Api) -> None:
    _, ends, people = await imported(api, "09")
    assert ends == ["added"] + ["invalid"] * 4
    assert said(people[0], "company.name", "email") == ["Lund & Co", "kay09@lund.example"]
    _, ends, people = await imported(api, "09b")
    assert people[0]["publicIdentifier"] == "pim-vos-09b"


async def test_mailchimp_keeps_a_person_called_null(api: Api) -> None:
    _, _, people = await imported(api, "10")
    assert said(people[0], "lastName", "name") == ["Null", "Zed Null"]
    assert people[0]["attributes"]["TAGS"] == '"vip","new"'
    assert said(people[1], "lastName", "name") == [None, "Ann"]


@pytest.mark.parametrize(
    ("name", "slug", "email", "page"),
    [
        ("11", "eli-stone-11", "eli11@stone.example", "http://www.linkedin.com/company/stone-inc"),
        ("12", "lou-petit-12", "lou12@petit.example", "https://www.linkedin.com/company/petit-sas"),
        ("13", "max-ode-13", "max13@ode.example", "https://www.linkedin.com/company/ode"),
    ],
    ids=["apollo", "waalaxy", "lusha"],
)
async def test_finders_of_addresses(api: Api, name: str, slug: str, email: str, page: str) -> None:
    _, ends, people = await imported(api, name)
    assert ends == ["added"]
    assert said(people[0], "publicIdentifier", "email", "company.linkedinUrl") == [
        slug,
        email,
        page,
    ]


async def test_apollos_api_says_that_an_address_is_locked(api: Api) -> None:
    job, _, people = await imported(api, "80b")
    assert said(people[0], "publicIdentifier", "email", "company.website", "company.industry") == [
        "ap-ollo-80b",
        None,
        "http://org.example",
        "soft",
    ]
    (row,) = await rows_of(api, job)
    assert row["reason"] == "email: stands for no address"


async def test_lists_of_addresses_in_json(api: Api) -> None:
    _, ends, people = await imported(api, "80c")
    assert ends == ["added"] * 3
    assert [person["email"] for person in people] == [
        "arr80c@x.example",
        "arr280c@x.example",
        "arr380c@x.example",
    ]


async def test_whole_lines_in_quotes(api: Api) -> None:
    _, _, people = await imported(api, "120c")
    assert [said(person, "lastName", "email") for person in people] == [
        ["Bo", "al120c@x.example"],
        ["De, Jr", "ce120c@x.example"],
    ]


async def test_text_written_as_a_formula(api: Api) -> None:
    _, _, people = await imported(api, "123")
    assert said(people[0], "firstName", "email") == ["Al", "al123@x.example"]
    assert people[0]["attributes"] == {"Phone": "+44 20", "Zip": "00123"}


@pytest.mark.parametrize("name", ["124", "125"])
async def test_words_for_nothing_are_null_and_stay_in_the_rows_input(api: Api, name: str) -> None:
    job, _, people = await imported(api, name)
    assert said(people[0], "firstName", "lastName", "name", "title", "company.name") == [None] * 5
    (row,) = await rows_of(api, job)
    assert row["input"]["First Name"] in ("#N/A", "NULL")
    again = await api.import_file(
        f"First Name,Last Name,Email\nAl,Bo,{people[0]['email']}\n",
        "",
        audienceId=job["audienceId"],
    )
    assert [person["name"] for person in await members(api, again)] == ["Al Bo"]


async def test_the_second_column_is_used_where_the_first_is_blank(api: Api) -> None:
    _, ends, people = await imported(api, "134")
    assert [person["email"] for person in people] == ["al134@x.example", "bo134@x.example"]
    _, ends, people = await imported(api, "141")
    assert ends == ["added"]
    assert people[0]["publicIdentifier"] == "a-141"
    _, ends, people = await imported(api, "38")
    assert [person["email"] for person in people] == ["a38@s.example", "c38@s.example"]
    assert people[0]["attributes"]["Email (2)"] == "b38@s.example"


async def test_marks_around_cells(api: Api) -> None:
    _, _, people = await imported(api, "27")
    assert people[0]["email"] == "jo27@s.example"
    _, _, people = await imported(api, "28")
    assert said(people[0], "firstName", "email") == ["Ann", "ann28@s.example"]
    assert people[0]["attributes"] == {"Phone": "+44 20"}
    _, _, people = await imported(api, "31b")
    assert [person["email"] for person in people] == ["a31b@s.example", "b31b@s.example"]


async def test_two_files_put_together(api: Api) -> None:
    job, ends, _ = await imported(api, "31")
    assert ends == ["added", "invalid", "added"]
    assert "repeats the header" in (await rows_of(api, job))[1]["reason"]
    upload = await api.upload(next(CASES.glob("31c-*")).read_bytes())
    assert upload["columns"] == ["Email", "First Name"]


async def test_psql_draws_a_line_below_its_header(api: Api) -> None:
    _, ends, people = await imported(api, "33b")
    assert ends == ["added"]
    assert said(people[0], "email", "lastName") == ["a33b@s.example", "Bee"]


async def test_stray_quotes_cost_their_own_rows_alone(api: Api) -> None:
    _, ends, _ = await imported(api, "34")
    assert ends == ["invalid", "added", "invalid", "added"]
    _, ends, _ = await imported(api, "34b")
    assert ends == ["invalid", "added"]


async def test_padding_is_no_column(api: Api) -> None:
    upload = await api.upload(next(CASES.glob("36b-*")).read_bytes())
    assert upload["columns"] == ["Email", "First Name"]
    _, ends, _ = await imported(api, "36b")
    assert ends == ["added"]


async def test_titles_and_groups_above_the_header(api: Api) -> None:
    _, ends, people = await imported(api, "41")
    assert ends == ["added"]
    assert said(people[0], "name", "email", "company.name") == ["A B", "a41@s.example", "C"]
    upload = await api.upload(next(CASES.glob("42-*")).read_bytes())
    assert upload["columns"] == [
        "First Name",
        "Last Name",
        "Email",
        "Company Name",
        "Company Website",
    ]
    _, ends, people = await imported(api, "42")
    assert said(people[0], "name", "company.name", "company.website") == ["A B", "Co", "co.example"]


async def test_addresses_as_people_paste_them(api: Api) -> None:
    job, _, people = await imported(api, "50")
    refused = [
        row["input"]["Label"] for row in await rows_of(api, job) if row["outcome"] == "invalid"
    ]
    assert refused == [
        f"L{number}" for number in (24, 27, 28, 29, 30, 32, 33, 34, 35, 36, 40, 41, 42, 43, 46)
    ]
    # L12 and L37 differ from others in what stands around them; L13 and L14 in how they are written.
    assert sum(person["email"] == "jane50l@bücher.example" for person in people) == 1
    assert all("@" in person["email"] and " " not in person["email"] for person in people)


async def test_linkedin_addresses_as_people_paste_them(api: Api) -> None:
    job, _, _ = await imported(api, "60")
    refused = [
        row["input"]["Label"] for row in await rows_of(api, job) if row["outcome"] == "invalid"
    ]
    assert refused == [
        f"L{number}"
        for number in (
            11,
            18,
            19,
            20,
            21,
            22,
            23,
            24,
            25,
            28,
            30,
            37,
            38,
            44,
            49,
            50,
            51,
            52,
            53,
            64,
            65,
            66,
            73,
            75,
        )
    ]


async def test_full_names_are_split_where_that_is_sure(api: Api) -> None:
    _, _, people = await imported(api, "70")
    assert [said(person, "firstName", "lastName") for person in people] == [
        ["Jane", "Doe"],
        ["Jane", "van der Doe"],
        ["Jane", "Doe"],
        ["JANE", "DOE"],
        [None, None],
        ["太郎", "山田"],
        ["Jane", "Doe"],
        ["Jane", "Doe"],
        ["María", None],
    ]
    assert people[2]["name"] == "Jane Doe, MBA 🚀"


async def test_a_file_in_which_nobody_can_be_known_is_refused_at_the_start(api: Api) -> None:
    upload = await api.upload("Full Name,Department\nAnn Lee,Sales\n")
    body = {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "Nobody"}
    for columns in (None, {}, {"Full Name": "name"}):
        given = body if columns is None else {**body, "columns": columns}
        found = problems(await api.post("prospecting", json=given), 422)
        assert "'Full Name', 'Department'" in found["columns"]
        assert "linkedinUrl" in found["columns"]
    assert data(await api.get("audiences"))["items"] == []
