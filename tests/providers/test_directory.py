"""The embedded provider: what a search finds among one's own people, and what it says it can't."""

from __future__ import annotations

from typing import Any

import pytest

from houselist.accounts import store as accounts
from houselist.directory import lexemes, store
from houselist.directory import sources_store as sources
from houselist.linkedin import Profile
from houselist.postgres import db
from houselist.providers.base import (
    Broken,
    Commenters,
    LeadList,
    Named,
    SavedSearch,
    SearchUrl,
    UserError,
)
from houselist.providers.directory import Directory
from houselist.texts import Name
from providers.contract import Case, ProviderContract
from support.directory import CLASSIC, SALES, classic, every_page, found, sales, stock

ID = "ACoAAO5rKAEB91KFacTQhVJB1mvymKHhqh_MMoE"
PEOPLE = f"""\
Profile,linkedinUrl,Name,First Name,Last Name,Title,Company,Company LinkedIn,Location,Industry,Headline,About,Email,Degree
P1,https://www.linkedin.com/in/jose-alvarez,José Álvarez,José,Álvarez,Chief Technology Officer,Acme GmbH,https://www.linkedin.com/company/1441/,"Berlin, Germany",Software,Building things in C++,"Loves Vice City, president of nothing",jose@example.com,1st
P2,https://www.linkedin.com/in/{ID},Ann Lee,Ann,Lee,"Vice President, Sales",Beta Inc,,"Austin, Texas, United States",Software,Vice President at Beta,Formerly CTO of Acme,ann@example.com,2nd
P3,,Bob O'Brien,Bob,O'Brien,CTO,Acme Labs,,"Paris, France",Health,Node.js and R&D,,bob@example.com,3rd
P4,,Jean-Pierre Łukasz,,,Intern,Gamma,,"Zürich, Schweiz",Finance,Student,,jp@example.com,
P5,,李小龙,,,工程师,东京电力,,"東京, 日本",Energy,,,li@example.com,2nd
"""
MAPPING = {"Profile": "providerId"}


async def make_group(pool: db.Pool) -> bytes:
    async with db.transaction(pool) as connection:
        return bytes.fromhex((await accounts.create(connection, "A test's group")).id)


@pytest.fixture
async def group(pool: db.Pool) -> bytes:
    return await make_group(pool)


@pytest.fixture(scope="module")
async def directory(pool: db.Pool) -> Directory:
    """For those that only search in it."""
    group = await make_group(pool)
    await stock(pool, group, PEOPLE, mapping=MAPPING)
    return Directory(pool, group)


@pytest.fixture
async def own_directory(pool: db.Pool, group: bytes) -> Directory:
    """Of `group`, for those that change it."""
    await stock(pool, group, PEOPLE, mapping=MAPPING)
    return Directory(pool, group)


@pytest.fixture(scope="module")
async def world(pool: db.Pool) -> Case:
    group = await make_group(pool)
    await stock(pool, group, PEOPLE, mapping=MAPPING)
    more = "".join(f"Q{n},Somebody {n},Nurse\n" for n in range(30))
    header = "providerId,Name,Title\n"
    await stock(pool, group, header + more, list_name="Nurses")
    async with db.transaction(pool) as connection:
        saved = await sources.save_search(
            connection, group, Name("All of Acme"), f"{CLASSIC}?company=acme"
        )
        (nurses,) = await sources.get_sources(connection, group, "leadList", after=0, limit=9)
    return Case(
        Directory(pool, group),
        sources=[
            (classic("title=nurse"), [f"Q{n}" for n in range(30)]),
            (
                classic("keywords=NOT%20intern"),
                ["P1", "P2", "P3", "P5", *(f"Q{n}" for n in range(30))],
            ),
            (classic("keywords=nobodyhasthis"), []),
            (sales("(keywords:acme)"), ["P1", "P2", "P3"]),
            (SavedSearch(saved.id), ["P1", "P3"]),
            (LeadList(nurses.id), [f"Q{n}" for n in range(30)]),
        ],
        missing=[
            SavedSearch("999999"),
            SavedSearch(nurses.id),
            SavedSearch("9" * 19),
            LeadList("1"),
            LeadList(saved.id),
        ],
        people=[(Profile("in", "jose-alvarez"), "P1"), (Profile("id", ID), "P2")],
        nobody=[Profile("in", "nobody"), Profile("id", ID[:-1] + "F"), Profile("num", "17")],
        saved_searches=[Named(saved.id, "All of Acme")],
        lead_lists=[Named(nurses.id, "Nurses")],
    )


class TestContract(ProviderContract):
    """What holds for every provider."""

    @pytest.fixture
    def case(self, world: Case) -> Case:
        return world


ALL = ["José Álvarez", "Ann Lee", "Bob O'Brien", "Jean-Pierre Łukasz", "李小龙"]
JOSE, ANN, BOB, JEAN, LI = ALL


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("keywords=acme", [JOSE, ANN, BOB]),
        ("keywords=ACME+cto", [ANN, BOB]),
        ("keywords=%22vice+president%22", [ANN]),
        ("keywords=“vice president”", [ANN]),
        ("keywords=vice+president", [JOSE, ANN]),
        ("keywords=berlin OR paris", [JOSE, BOB]),
        ("keywords=(berlin OR paris) AND NOT cto", [JOSE]),
        ("keywords=berlin OR paris NOT cto", [JOSE]),
        ("keywords=NOT (acme OR intern)", [LI]),
        ("keywords=c%2B%2B", [JOSE]),
        ("keywords=c", []),
        ("keywords=jose", [JOSE]),
        ("keywords=JOSÉ", [JOSE]),
        ("keywords=o'brien", [BOB]),
        ("keywords=obrien", []),
        ("keywords=node.js", [BOB]),
        ("keywords=r%26d", [BOB]),
        ("keywords=jean-pierre", [JEAN]),
        ("keywords=lukasz", [JEAN]),
        ("keywords=小龙", [LI]),
        ("keywords=龙小", []),
        ("title=cto", [BOB]),
        ("titleFreeText=chief OR cto", [JOSE, BOB]),
        ("company=acme", [JOSE, BOB]),
        ("company=acme&title=cto", [BOB]),
        ("firstName=jose&lastName=alvarez", [JOSE]),
        ("firstName=jean-pierre", [JEAN]),
        ("lastName=łukasz", [JEAN]),
        ("lastName=jean", []),
        ("location=zurich", [JEAN]),
        ("network=[%22F%22]", [JOSE]),
        ('network=["S","O"]', [ANN, BOB, LI]),
        ("network=S", [ANN, LI]),
        ('geoUrn=["103644278"]', [ANN]),
        ('geoUrn=["106693272","105015875"]', [BOB, JEAN]),
        ('currentCompany=["1441"]', [JOSE]),
        ('currentCompany=["144"]', []),
        ("keywords=acme&title=cto&network=F", []),
    ],
)
async def test_a_classic_search_finds(directory: Directory, query: str, expected: Any) -> None:
    assert await found(directory, classic(query)) == expected


INCLUDED = "selectionType:INCLUDED"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"(filters:List((type:CURRENT_TITLE,values:List((id:8,text:CTO,{INCLUDED})))))", [BOB]),
        (
            f"(filters:List((type:CURRENT_TITLE,values:List((text:CTO,{INCLUDED}),(text:Chief%20Technology%20Officer,{INCLUDED})))))",
            [JOSE, BOB],
        ),
        (
            "(filters:List((type:CURRENT_TITLE,values:List((text:intern,selectionType:EXCLUDED)))),keywords:software)",
            [JOSE, ANN],
        ),
        (
            f"(filters:List((type:CURRENT_COMPANY,values:List((id:urn%3Ali%3Aorganization%3A1441,text:Whoever,{INCLUDED})))))",
            [JOSE],
        ),
        (f"(filters:List((type:REGION,values:List((id:103644278,text:USA,{INCLUDED})))))", [ANN]),
        (
            f"(filters:List((type:REGION,values:List((id:1,text:Paris%252C%20France,{INCLUDED})))))",
            [BOB],
        ),
        (f"(filters:List((type:FIRST_NAME,values:List((text:ann,{INCLUDED})))))", [ANN]),
        (f"(filters:List((type:LAST_NAME,values:List((text:lee,{INCLUDED})))))", [ANN]),
        (f"(filters:List((type:INDUSTRY,values:List((id:4,text:Health,{INCLUDED})))))", [BOB]),
        (
            f"(filters:List((type:RELATIONSHIP,values:List((id:F,text:1st%20degree%20connections,{INCLUDED})))))",
            [JOSE],
        ),
        (
            "%28filters%3AList%28%28type%3AREGION%2Cvalues%3AList%28%28id%3A1%2Ctext%3AParis%252C%2520France%2CselectionType%3AINCLUDED%29%29%29%29%29",
            [BOB],
        ),
    ],
)
async def test_a_sales_navigator_search_finds(
    directory: Directory, query: str, expected: Any
) -> None:
    assert await found(directory, sales(query)) == expected


async def test_what_a_filter_cannot_do_is_told_and_the_others_are_heeded(
    directory: Directory,
) -> None:
    query = classic('company=acme&schoolFilter=["17926"]&geoUrn=["90009659","101282230"]&origin=X')
    page = await directory.search(query, None, 10)
    assert [person.name for person in page.items] == [JOSE]
    assert page.notes == (
        "The directory cannot use the filter schoolFilter (17926).",
        "The directory cannot use the filter geoUrn (90009659).",
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (classic('industry=["4"]'), "industry (4)"),
        (classic("keywords=%22%21%22"), "no word in the filter keywords"),
        (classic("keywords=" + "a+" * 501), "more than 500 words"),
        (classic("keywords=" + "(" * 40 + "a"), "parentheses"),
        (sales("(filters:List((type:SENIORITY_LEVEL,values:List((id:310,text:CXO)))))"), "CXO"),
        (sales("(filters:List((type:CURRENT_TITLE"), "Copy the whole address again"),
        (
            SearchUrl("https://www.linkedin.com/talent/search?searchContextId=x", "recruiter"),
            "Recruiter",
        ),
        (Commenters("activity", "7330000000000000001"), "has no posts"),
    ],
)
async def test_a_question_of_which_nothing_can_be_heeded_is_refused(
    directory: Directory, query: Any, words: str
) -> None:
    with pytest.raises(UserError, match=words.replace("(", r"\(").replace(")", r"\)")):
        await found(directory, query)


async def test_a_saved_search_of_sales_navigator_is_run_as_one(
    own_directory: Directory, pool: db.Pool, group: bytes
) -> None:
    async with db.transaction(pool) as connection:
        saved = await sources.save_search(
            connection, group, Name("Anns"), f"{SALES}?query=(keywords:ann)"
        )
    assert await found(own_directory, SavedSearch(saved.id)) == [ANN]


async def test_an_account_group_finds_its_own_people_alone(
    directory: Directory, pool: db.Pool
) -> None:
    async with db.transaction(pool) as connection:
        other = bytes.fromhex((await accounts.create(connection, "Another")).id)
    await stock(pool, other, "providerId,Name,Title\nX1,Xavier,CTO\n")
    assert await found(Directory(pool, other), classic("title=cto")) == ["Xavier"]
    assert await found(directory, classic("title=cto")) == [BOB]
    async with db.transaction(pool) as connection:
        empty = bytes.fromhex((await accounts.create(connection, "Nobody's")).id)
        assert not await store.has_people(connection, empty)
    assert await found(Directory(pool, empty), classic("title=cto")) == []
    assert await Directory(pool, empty).check() == "0 people in the directory"
    assert await Directory(pool, other).check() == "1 person in the directory"


@pytest.mark.parametrize("most", [1, 3, 50])
async def test_pages_go_on_from_bucket_to_bucket(
    pool: db.Pool, group: bytes, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    for room in (lexemes, store):
        monkeypatch.setattr(f"{room.__name__}.BUCKET", 4)
    monkeypatch.setattr("houselist.directory.people.BUCKET", 4)
    rows = "".join(f"B{n},Name {n},{'CTO' if n % 7 == 3 else 'Clerk'}\n" for n in range(200))
    await stock(pool, group, "providerId,Name,Title\n" + rows)
    directory = Directory(pool, group)
    ctos = [f"Name {n}" for n in range(200) if n % 7 == 3]
    assert await found(directory, classic("title=cto"), most) == ctos
    assert len(await found(directory, classic("keywords=NOT cto"), most)) == 200 - len(ctos)
    assert {page.total for page in await every_page(directory, classic("title=cto"), most)} == {29}


async def test_people_who_come_between_two_pages_move_nobody(
    own_directory: Directory, pool: db.Pool, group: bytes
) -> None:
    query = classic("keywords=NOT nobody")
    first = await own_directory.search(query, None, 2)
    await stock(pool, group, "providerId,Name\nNEW,Newcomer\nP2,Ann Lee-Smith\n")
    rest = await own_directory.search(query, first.cursor, 10)
    assert [p.name for p in (*first.items, *rest.items)] == [*ALL, "Newcomer"]
    assert await found(own_directory, classic("keywords=smith")) == ["Ann Lee-Smith"]


async def test_more_than_are_counted_have_a_total_that_is_judged_by_those_so_far(
    pool: db.Pool, group: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("houselist.providers.directory._MAX_COUNTED", 10)
    rows = [f"B{n},{'CTO' if n % 5 == 0 else 'Clerk'}\n" for n in range(100)]
    await stock(pool, group, "providerId,Title\n" + "".join(rows))
    directory = Directory(pool, group)
    pages = await every_page(directory, classic("title=cto"), 6)
    assert [len(page.items) for page in pages] == [6, 6, 6, 2]
    assert [page.total for page in pages] == [23, 21, 20, 20]
    pages = await every_page(directory, classic("title=clerk NOT cto"), 60)
    assert [page.total for page in pages] == [80, 80]


async def test_a_cursor_of_another_search_is_refused(directory: Directory) -> None:
    page = await directory.search(classic("keywords=acme"), None, 1)
    assert page.cursor is not None
    with pytest.raises(Broken):
        await directory.search(classic("keywords=cto"), page.cursor, 1)


async def test_a_person_comes_with_all_that_is_known(directory: Directory) -> None:
    (jose,) = (await directory.search(classic("keywords=jose"), None, 5)).items
    assert jose.provider_id == "P1"
    assert jose.linkedin_url == "https://www.linkedin.com/in/jose-alvarez"
    assert (jose.public_identifier, jose.email) == ("jose-alvarez", "jose@example.com")
    assert (jose.title, jose.company_name) == ("Chief Technology Officer", "Acme GmbH")
    assert jose.company_linkedin_url == "https://www.linkedin.com/company/1441/"
    (ann,) = (await directory.search(classic("keywords=ann"), None, 5)).items
    assert ann.linkedin_url == f"https://www.linkedin.com/in/{ID}"
    assert ann.public_identifier is None
