"""Columns that are known by what they hold, whatever they are called, and those that only look so."""

from __future__ import annotations

import pytest

from houselist.files.mapping import Suggestion, sample_cells, suggest_mapping

PROFILES = [f"https://www.linkedin.com/in/person-{n}" for n in range(5)]
EMAILS = [f"person{n}@acme.example" for n in range(5)]
PAGES = [f"https://www.linkedin.com/company/acme-{n}" for n in range(5)]
OWNERS = ["kim@us.example"] * 3 + ["lee@us.example"] * 2


def suggested(**columns: list[str]) -> Suggestion:
    """Underscores in the names stand for spaces."""
    return suggest_mapping([name.replace("_", " ") for name in columns], [*columns.values()])


@pytest.mark.parametrize("name", ["Link", "Profile", "URL", "column 3", "网址", "x" * 5_000])
def test_a_column_of_profiles_is_known_whatever_it_is_called(name: str) -> None:
    found = suggested(**{"Name": ["Ann"], name: PROFILES})
    if len(name) < 100:
        assert found.mapping == {"Name": "name", name: "linkedinUrl"}
        assert found.reasons == {"Name": "name", name: "values"}
    else:
        assert found.mapping == {"Name": "name"}


@pytest.mark.parametrize("name", ["Контакт", "Reach at", "联系"])
def test_a_column_of_addresses_is_known_whatever_it_is_called(name: str) -> None:
    found = suggested(**{name: EMAILS, "Notes": ["met ann@x.example"]})
    assert found == Suggestion({name: "email"}, {name: "values"})


@pytest.mark.parametrize(
    "name",
    [
        "Contact Owner",
        "Assigned To",
        "Manager",
        "Referred by",
        "Account executive",
        "Sales rep",
        "createdBy",
        "Besitzer",
        "Company",
        "Mutual connection",
    ],
)
@pytest.mark.parametrize("values", [PROFILES, EMAILS])
def test_a_column_that_speaks_of_somebody_else_is_left_alone(name: str, values: list[str]) -> None:
    assert not {"email", "linkedinUrl"} & {*suggested(**{name: values}).mapping.values()}


@pytest.mark.parametrize(
    "values",
    [
        OWNERS,
        ["see ann@x.example", "ask bob@x.example about it"],
        [*EMAILS[:2], "none yet", "call", "later"],
        ["https://acme.example/in/ann"],
        ["https://www.linkedin.com/feed/"],
        ["met https://www.linkedin.com/in/ann last week"],
        ["@", "a@", "@b"],
        ["N/A", "-", "NULL"],
        [],
    ],
)
def test_values_that_are_not_sure_say_nothing(values: list[str]) -> None:
    assert suggested(Something=values) == Suggestion({}, {})


def test_words_for_nothing_do_not_count_against_a_column() -> None:
    found = suggested(Link=[*PROFILES, *["N/A", "-", "NULL", "#N/A"] * 5])
    assert found.mapping == {"Link": "linkedinUrl"}


def test_pages_of_companies_are_the_companys_also_where_the_name_says_profile() -> None:
    assert suggested(Company_Url=PAGES).mapping == {"Company Url": "company.linkedinUrl"}
    found = suggested(LinkedIn=PAGES, Email=EMAILS)
    assert found.mapping == {"LinkedIn": "company.linkedinUrl", "Email": "email"}
    assert found.reasons == {"LinkedIn": "values", "Email": "name"}
    found = suggested(LinkedIn=PAGES, Link=PROFILES, Company_LinkedIn=PAGES)
    assert found.mapping == {
        "Link": "linkedinUrl",
        "Company LinkedIn": "company.linkedinUrl",
    }


def test_a_column_named_email_without_addresses_yields_to_one_with_them() -> None:
    found = suggested(Email=["yes", "no", "yes"], Reach_at=EMAILS)
    assert found.mapping == {"Reach at": "email"}
    found = suggested(Email=["yes", "no"], Work_Email=EMAILS, Personal_Email=[])
    assert found.mapping == {"Work Email": "email", "Personal Email": "email"}
    # With nothing better it is kept, and its rows say what is wrong.
    assert suggested(Email=["yes", "no"]).mapping == {"Email": "email"}


def test_values_add_no_second_column_to_one_that_is_named() -> None:
    found = suggested(Email=EMAILS, Colleague_to_ask=EMAILS, Second=EMAILS)
    assert found.mapping == {"Email": "email"}


def test_of_columns_alike_the_fullest_is_taken() -> None:
    assert suggested(A=PROFILES[:1], B=PROFILES).mapping == {"B": "linkedinUrl"}


def test_a_sample_has_the_filled_cells_of_each_column() -> None:
    rows = [["a", None, "c"], ["d"], [None, "e", "f"]]
    assert sample_cells(["x", "y", "z"], rows) == [["a", "d", ""], ["", "", "e"], ["c", "", "f"]]
    assert sample_cells(["x", "y"], []) == [[], []]


@pytest.mark.parametrize("names", [("LinkedIn", "Other"), ("A", "B"), ("social", "profiles")])
def test_a_column_that_fills_the_gaps_of_another_comes_second(names: tuple[str, str]) -> None:
    one, other = names
    gaps = [*PROFILES[:3], "", "N/A"]
    fills = ["", "", f"{PROFILES[2].upper()}/", *PROFILES[3:]]
    found = suggested(**{"Name": ["Jo"] * 5, one: gaps, other: fills})
    assert {*found.mapping} == {"Name", one, other}
    assert found.mapping[one] == found.mapping[other] == "linkedinUrl"
    assert found.reasons[other] == "values"
    mails = suggested(Email=[EMAILS[0], ""], Login=["", EMAILS[1]])
    assert mails.mapping == {"Email": "email", "Login": "email"}


def test_a_column_with_other_addresses_beside_a_named_one_fills_no_gap() -> None:
    others = [f"colleague{n}@other.example" for n in range(6)]
    assert suggested(Email=[*EMAILS, ""], To_ask=others).mapping == {"Email": "email"}


@pytest.mark.parametrize(
    ("one", "other"), [("Host mail box", "Visitor mail box"), ("Husband mails", "Wife mails")]
)
def test_two_columns_of_different_addresses_are_a_doubt_that_is_told(one: str, other: str) -> None:
    others = [f"else{n}@other.example" for n in range(len(EMAILS))]
    found = suggest_mapping([one, other], [EMAILS, others])
    assert found.mapping == {one: "email"}
    (doubt,) = found.doubts
    assert f"'{one}' and '{other}' both hold e-mail addresses" in doubt
    # The same address twice, another in the gaps, or a name that tells: nothing to doubt.
    assert not suggest_mapping([one, other], [EMAILS, EMAILS]).doubts
    assert not suggest_mapping([one, other], [["", *EMAILS[1:]], [EMAILS[0]]]).doubts
    assert not suggest_mapping(["Email", other], [EMAILS, others]).doubts


@pytest.mark.parametrize("whose", ["Invitee", "Attendee", "Participant", "Guest", "Candidate"])
def test_the_people_whom_a_list_is_about_are_known_from_those_who_made_it(whose: str) -> None:
    columns = ["User Name", "User Email", f"{whose} Name", f"{whose} Email"]
    others = [f"us{n}@other.example" for n in range(len(EMAILS))]
    found = suggest_mapping(columns, [["Us"] * 3, others, ["Jo Bee"] * 3, EMAILS])
    assert found.mapping == {f"{whose} Name": "name", f"{whose} Email": "email"}


def test_columns_under_the_names_of_others_are_known_by_their_values() -> None:
    found = suggested(Email=PROFILES, LinkedIn=EMAILS, Name=["Jo Bee"])
    assert found.mapping == {"Email": "linkedinUrl", "LinkedIn": "email", "Name": "name"}
    found = suggested(First_Name=EMAILS, Last_Name=["Jo", "Al"], Email=["Bee", "Dee"])
    assert found.mapping == {"First Name": "email", "Last Name": "lastName"}
    # One cell proves nothing, and an address may be the id of another system.
    assert suggested(Name=EMAILS[:1], LinkedIn=PROFILES).mapping["Name"] == "name"
    assert suggested(Provider_ID=EMAILS).mapping == {"Provider ID": "providerId"}
    assert suggested(Company_LinkedIn=PROFILES).mapping == {
        "Company LinkedIn": "company.linkedinUrl"
    }
