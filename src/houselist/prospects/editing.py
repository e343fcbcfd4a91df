"""Changing a person, and making one person of several.

Both hold the lock of the account group's batches: a job that decides who is who at this moment must
see what they write, and they must see what it writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import UNSET, structs

from houselist.errors import Conflict, Impossible, Invalid, NotFound, Problem
from houselist.people import changes_store, edits, merged_members_store, merges_store, writing
from houselist.people import store as people
from houselist.people.changes import Known, change_of, columns_of
from houselist.people.edits import Edit, TooMany
from houselist.people.fields import (
    ATTRIBUTES,
    COLUMNS,
    EMAIL,
    FIELD_INDEX,
    FIELDS,
    IDENTITIES,
    LINKEDIN_ID,
    PROVIDER_ID,
    SLUG,
)
from houselist.people.ladder import identities_of
from houselist.people.matching import IdentityIndex
from houselist.people.merges_store import Merge
from houselist.people.typed import PersonText
from houselist.prospects import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Struct

    from houselist.linkedin import Profile
    from houselist.people.edits import Attributes
    from houselist.people.fields import Values
    from houselist.people.members_store import By
    from houselist.people.person import Person
    from houselist.postgres.db import Connection
    from houselist.prospects.change_shapes import ProspectChange
    from houselist.prospects.shapes import Prospect

_PATHS = {
    **{field.column: field.path for field in FIELDS if field.column and field.path},
    "linkedin_id": "linkedinUrl",
    "attributes": "attributes",
}

# Where each value is kept that is kept as it is given.
_INDEX = {"providerId": PROVIDER_ID, "email": EMAIL, **FIELD_INDEX}

# Of the people who are merged at once, because nothing else runs while their texts are compared.
_MAX_MERGED_BYTES = 8 << 20

_LAST_ONE = "is all that identifies the person; give another identity in its place"


async def change(
    connection: Connection,
    account_group_id: bytes,
    prospect_id: bytes,
    body: ProspectChange,
    by: By,
) -> Prospect:
    """Changes what is given. Raises NotFound, Invalid, Impossible, or Conflict for an identity."""
    edit = read(body)
    version = await people.lock_batches(connection, account_group_id)
    wanted: Values = [edit.values.get(index) for index in range(IDENTITIES)]
    reach = identities_of([wanted])
    known = await people.get_known(
        connection, account_group_id, None, None, reach, also=prospect_id
    )
    person = next((each for each in known if each.id == prospect_id), None)
    if person is None:
        raise await store.not_found(connection, account_group_id, prospect_id)
    if taken := edits.taken(person, edit, known):
        raise _taken(taken)
    was = Known.of(person)
    try:
        edits.apply(person, edit)
    except TooMany as error:
        raise Impossible(Problem(_path(error.index), str(error))) from error
    if not any(person.values[:IDENTITIES]):
        blanked = sorted({_path(index) for index in edit.values if index < IDENTITIES})
        raise Impossible(*(Problem(path, _LAST_ONE) for path in blanked))
    person.stored = True
    if changed := change_of(person, was, "edit", None):
        await people.change_people(connection, account_group_id, [person])
        if gone := [each for each in was.others if each not in person.others]:
            await people.remove_identities(connection, account_group_id, prospect_id, gone)
        await people.add_identities(connection, account_group_id, [person])
        await changes_store.add_changes(
            connection, account_group_id, by, version, columns_of([changed])
        )
    return await store.get_plain(connection, account_group_id, prospect_id)


def read(body: ProspectChange) -> Edit:
    """What a body changes. Raises Invalid where its LinkedIn identities contradict each other."""
    given = _given(body)
    company, attributes = given.pop("company", UNSET), given.pop("attributes", UNSET)
    values = {index: _plain(given[path]) for path, index in _INDEX.items() if path in given}
    _read_linkedin(body, values)
    if company is None:
        values |= {index: None for path, index in FIELD_INDEX.items() if _is_company(path)}
    elif company is not UNSET:
        values |= {
            FIELD_INDEX[f"company.{name}"]: _plain(value)
            for name, value in _given(cast("Struct", company)).items()
        }
    return Edit(values, {} if attributes is UNSET else _read_attributes(attributes))


def _plain(value: object) -> str | None:
    """A checked text as what it is to PostgreSQL and in JSON."""
    return None if value is None else str(value)


def _read_attributes(given: object) -> Attributes | None:
    """Raises Invalid, naming each attribute whose value can't be used."""
    if given is None:
        return None
    attributes: Attributes = {}
    problems: list[Problem] = []
    for name, value in cast("Attributes", given).items():
        try:
            attributes[name] = None if value is None else str(PersonText(value))
        except ValueError as error:
            problems.append(Problem(f"attributes.{name}", str(error)))
    if problems:
        raise Invalid(*problems)
    return attributes


def _given(shape: Struct) -> dict[str, object]:
    """The fields that are there, by their names outside."""
    values = zip(shape.__struct_encode_fields__, structs.astuple(shape), strict=True)
    return {name: value for name, value in values if value is not UNSET}


def _is_company(path: str) -> bool:
    return path.startswith("company.")


def _read_linkedin(body: ProspectChange, values: dict[int, str | None]) -> None:
    url, identifier = body.linkedin_url, body.public_identifier
    if url is None:
        values |= {SLUG: None, LINKEDIN_ID: None}
        if identifier is not None and identifier is not UNSET:
            raise Invalid(Problem("publicIdentifier", "does not go with linkedinUrl null"))
    elif url is not UNSET:
        _put(values, url.profile)
    if identifier is None:
        if isinstance(values.get(SLUG), str):
            raise Invalid(Problem("publicIdentifier", "is null, but linkedinUrl has one"))
        values[SLUG] = None
    elif identifier is not UNSET and not _put(values, identifier.profile):
        raise Invalid(Problem("publicIdentifier", "names somebody else than linkedinUrl"))


def _put(values: dict[int, str | None], profile: Profile) -> bool:
    """Puts a profile among the values, unless they have another one of its kind."""
    is_slug = profile.kind == "in"
    index, value = (SLUG, profile.value) if is_slug else (LINKEDIN_ID, profile.key)
    return values.setdefault(index, value) == value


def _path(index: int) -> str:
    return _PATHS[COLUMNS[index]]


def _taken(taken: Sequence[tuple[int, Person]]) -> Conflict:
    whose = "; ".join(
        f"{_path(index)} is that of prospect {person.id.hex()}" for index, person in taken
    )
    return Conflict(
        "Another prospect has this identity.",
        details=f"{whose}. If they are one person, merge them: POST /prospects/{{id}}/merge.",
    )


async def merge(
    connection: Connection,
    account_group_id: bytes,
    prospect_id: bytes,
    prospect_ids: Sequence[bytes],
    by: By,
) -> Prospect:
    """Makes one person of several: the addressed one stays. Raises NotFound or Impossible."""
    own = [at for at, each in enumerate(prospect_ids) if each == prospect_id]
    if own:
        raise Impossible(
            *(Problem(f"prospectIds[{at}]", "is the prospect itself; leave it out") for at in own)
        )
    version = await people.lock_batches(connection, account_group_id)
    ids = await _find_all(connection, account_group_id, prospect_id, prospect_ids)
    if await store.count_bytes(connection, account_group_id, ids) > _MAX_MERGED_BYTES:
        raise Impossible(Problem("prospectIds", "hold too much text for one request; send fewer"))
    known = await people.get_people(connection, account_group_id, [prospect_id, *ids])
    by_id = {each.id: each for each in known}
    kept = by_id[prospect_id]
    index = IdentityIndex(known)
    before = cast("dict[str, str]", kept.values[ATTRIBUTES] or {})
    for each in ids:
        index.join_people(kept, by_id[each], None)
    try:
        edits.check_attributes(cast("dict[str, str]", kept.values[ATTRIBUTES] or {}), before)
    except TooMany as error:
        raise Impossible(Problem("prospectIds", str(error))) from error
    if merges := [Merge(each, prospect_id, None) for each in ids]:
        await merges_store.remove_people(connection, account_group_id, by, merges)
        await writing.write_known(connection, account_group_id, by, version, index)
        await merged_members_store.join_memberships(connection, account_group_id, merges, by)
    return await store.get_plain(connection, account_group_id, prospect_id)


async def _find_all(
    connection: Connection,
    account_group_id: bytes,
    prospect_id: bytes,
    prospect_ids: Sequence[bytes],
) -> list[bytes]:
    """Who these people are by now, each once and in their order, without the one who is kept.

    Raises NotFound, naming those who are not known.
    """
    now = await store.find_now(connection, account_group_id, [prospect_id, *prospect_ids])
    if now.get(prospect_id) != prospect_id:
        raise await store.not_found(connection, account_group_id, prospect_id)
    missing = [each.hex() for each in dict.fromkeys(prospect_ids) if each not in now]
    if missing:
        raise NotFound(
            "There is no such prospect.", details=f"Not known here: {', '.join(missing)}."
        )
    found = dict.fromkeys(now[each] for each in prospect_ids)
    found.pop(prospect_id, None)
    return list(found)
