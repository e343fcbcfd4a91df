"""A person's fields stand once: whatever lists them agrees with the table in people/fields.py.

What is derived follows by itself. The rest are shapes, each with a description of its own, and the
schema; a field that is missing there, or one too many, fails here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from houselist.directory.lexemes import PREFIXES
from houselist.directory.people import Entry, document
from houselist.files.field_names import KNOWN
from houselist.files.mapping import FIELDS as MAPPABLE
from houselist.files.mapping import IDENTITY_FIELDS
from houselist.jobs.queries import COLUMNS as PROVIDER_COLUMNS
from houselist.people import exported
from houselist.people.cells.candidates import Candidate, Reader
from houselist.people.cells.identities import EXACT_STEPS, OWN_STEPS, STEPS
from houselist.people.fields import (
    ATTRIBUTES,
    COLUMNS,
    EMAIL,
    FIELD_INDEX,
    FIELDS,
    FIRST_NAME,
    IDENTITIES,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
    PATH_OF,
    PATHS,
    PROVIDER_ID,
    SLUG,
    WIDTH,
)
from houselist.prospects.export.columns import nested, shown_columns
from houselist.prospects.shapes import Company, Prospect
from houselist.providers.base import ProviderPerson

if TYPE_CHECKING:
    from houselist.people.fields import Field
    from houselist.postgres.db import Pool

SHOWN = [field for field in FIELDS if field.path is not None]


def names(shape: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape)]


def test_every_name_stands_for_one_field() -> None:
    for each in zip(*FIELDS, strict=True):
        told = [name for name in each[:3] if name is not None]
        assert len(told) == len(set(told))
    paths = [field.path for field in FIELDS if field.path]
    assert len(paths) == len(set(paths))
    columns = [field.column for field in FIELDS if field.column]
    assert len(columns) == len(set(columns))


def test_a_person_has_a_value_for_each_column_and_identities_come_first() -> None:
    assert sorted(COLUMNS) == sorted([*(f.column for f in FIELDS if f.column), "attributes"])
    assert COLUMNS[ATTRIBUTES] == "attributes"
    assert len(COLUMNS) == WIDTH
    identities = {field.column for field in FIELDS if field.rung and field.column}
    assert set(COLUMNS[:IDENTITIES]) == identities
    # Code relies on this order of the ladder, and on names that stand side by side.
    assert list(range(IDENTITIES)) == [SLUG, LINKEDIN_ID, PROVIDER_ID, EMAIL]
    assert list(range(FIRST_NAME, NAME + 1)) == [FIRST_NAME, LAST_NAME, NAME]


async def test_each_column_is_in_the_schema(pool: Pool) -> None:
    rows = await pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'prospects'"
    )
    ours = {"account_group_id", "id", "created_at", "looked_up_at", "email_sought_at"}
    ours |= {"made_by_job_id", "made_by_row", "made_by_key_id"}
    assert {row["column_name"] for row in rows} == ours | set(COLUMNS)


def test_each_path_is_read_from_a_file() -> None:
    assert MAPPABLE == PATHS
    assert len(PATHS) == len(SHOWN)
    assert set(IDENTITY_FIELDS) == {field.path for field in SHOWN if field.rung}
    assert set(FIELD_INDEX) | set(IDENTITY_FIELDS) == set(PATHS)
    assert sorted(FIELD_INDEX.values()) == list(range(IDENTITIES, ATTRIBUTES))
    for steps in (STEPS, OWN_STEPS, EXACT_STEPS):
        assert steps.keys() == set(IDENTITY_FIELDS)
    assert {field for field, _ in KNOWN.values()} <= set(PATHS)


@pytest.mark.parametrize("field", [each for each in SHOWN if not each.rung], ids=str)
def test_the_value_of_a_mapped_column_goes_into_the_column_of_its_field(field: Field) -> None:
    reader = Reader(["e", "x"], {"e": "email", "x": field.path or ""}, splits_names=False)
    found = reader.read(["a@b.example", "some text"])
    assert isinstance(found, Candidate)
    assert found.values[COLUMNS.index(field.column or "")] == "some text"


def test_a_provider_tells_each_attribute() -> None:
    told = {field.name for field in msgspec.structs.fields(ProviderPerson)}
    assert told == {field.attribute for field in SHOWN}
    assert {field.attribute: field.path for field in SHOWN} == PATH_OF
    assert sorted(PROVIDER_COLUMNS) == sorted(PATHS)


def test_the_api_shows_each_path_in_the_order_of_the_table() -> None:
    company = [f"company.{name}" for name in names(Company)]
    shown = [
        path for name in names(Prospect) for path in (company if name == "company" else [name])
    ]
    assert shown == ["id", *PATHS, "attributes", "addedAt"]


def test_an_export_has_a_column_for_each_path() -> None:
    assert [each for each in exported.COLUMNS if each != exported.BY_ID] == [
        "id",
        *PATHS,
        "addedAt",
    ]
    shown = nested(shown_columns()).header
    told = {name.partition(".")[0] for name in shown}
    assert told == {*names(Prospect), exported.BY_ID}
    assert set(exported.mapping_of(exported.COLUMNS).values()) == set(PATHS)
    assert not {"id", "addedAt"} & exported.mapping_of(exported.COLUMNS).keys()


@pytest.mark.parametrize("field", [each for each in FIELDS if each.found_by], ids=str)
def test_the_directory_finds_a_person_by_each_searchable_field(field: Field) -> None:
    entry = Entry(1, (None,) * IDENTITIES, {field.attribute: "needle"}, None, ())
    found = document(bytes(12), entry)
    assert "'needle':" in found
    assert f"'{PREFIXES[field.found_by or 'keywords']}needle':" in found


def test_the_directory_finds_nobody_by_another_field() -> None:
    person = {field.attribute: "needle" for field in FIELDS if not field.found_by}
    found = document(bytes(12), Entry(1, (None,) * IDENTITIES, person, None, ()))
    assert not [prefix for prefix in PREFIXES.values() if f"'{prefix}needle':" in found]
