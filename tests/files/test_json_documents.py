"""JSON in other shapes than one object a line: read where it is plain what is meant, else refused."""

from __future__ import annotations

import io
import json
import time

import pytest

from houselist.files import json_documents
from houselist.files.reading import BadRow, UnreadableFile, read_table

B = {"name": "B", "email": "b@x.example"}
C = {"name": "C", "email": "c@x.example"}
BOTH = [["B", "b@x.example"], ["C", "c@x.example"]]


def read(text: str) -> tuple[list[object], list[str]]:
    table = read_table(io.BytesIO(text.encode()), "ndjson")
    return list(table.rows), table.columns


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([B, C]),
        json.dumps([B, C], indent=2),
        f"\ufeff\n\n [{json.dumps(B)}\n,\n{json.dumps(C)}\n]\n",
        f"{json.dumps(B, indent=1)}\n{json.dumps(C, indent=1)}\n",
        f"{json.dumps(B, indent=1)},\n{json.dumps(C, indent=1)},\n",
        f"{json.dumps(B)},\n{json.dumps(C)}\n",
        f"{json.dumps(B)},\r\n{json.dumps(C)},\r\n",
        json.dumps({"people": [B, C], "total": 2}),
        json.dumps({"total": 2, "next": None, "results": [B, C]}, indent=4),
        json.dumps({"data": {"page": 1, "contacts": [B, C]}}),
        json.dumps({"people": [B]}) + "\n" + json.dumps({"people": [C]}) + "\n",
        json.dumps({"total": 2, "people": []}) + json.dumps(B) + json.dumps(C),
    ],
    ids=[
        "array",
        "pretty array",
        "array by lines",
        "pretty objects",
        "with commas",
        "lines with commas",
        "all lines with commas",
        "wrapper",
        "pretty wrapper",
        "wrapper in a wrapper",
        "pages",
        "one behind the other",
    ],
)
def test_people_are_found_in_every_shape(text: str) -> None:
    assert read(text) == (BOTH, ["name", "email"])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "columns",
    [
        {"name": ["B", "C"], "email": ["b@x.example", "c@x.example"]},
        {
            "name": {"0": "B", "1": "C"},
            "email": {"0": "b@x.example", "1": "c@x.example"},
        },
        {
            "name": {"17": "B", "4": "C"},
            "email": {"4": "c@x.example", "17": "b@x.example"},
        },
    ],
    ids=["lists", "pandas", "pandas without order"],
)
def test_a_table_that_is_written_by_columns_is_read_by_rows(
    columns: dict[str, object], indent: int | None
) -> None:
    assert read(json.dumps(columns, indent=indent)) == (BOTH, ["name", "email"])


@pytest.mark.parametrize(
    "person",
    [
        {"emails": ["b@x.example", "b2@x.example"], "phones": ["1", "2"]},
        {"name": ["B", "C"], "email": ["b@x.example"]},
        {"name": "B", "emails": ["b@x.example", "b2@x.example"]},
        {"name": {"first": "B", "last": "C"}, "email": {"work": "b@x.example", "home": ""}},
        {"name": {"0": "B"}, "email": {"1": "b@x.example"}},
        {"name": [], "email": []},
    ],
)
def test_lists_and_parts_of_one_person_are_no_columns(person: dict[str, object]) -> None:
    assert len(read(json.dumps(person) + "\n" + json.dumps(B))[0]) == 2
    if any(person.values()):
        assert len(read(json.dumps(person))[0]) == 1


def test_columns_are_a_whole_file() -> None:
    lists = {"name": ["B", "C"], "email": ["b@x.example", "c@x.example"]}
    assert len(read(json.dumps(lists) + "\n" + json.dumps(lists))[0]) == 2
    assert len(read(json.dumps([lists, B]))[0]) == 2


def test_a_person_who_has_lists_is_one_row() -> None:
    person = {**B, "data": [{"a": 1}], "items": [{"b": 2}]}
    rows, columns = read(json.dumps(person))
    assert rows == [["B", "b@x.example", '[{"a":1}]', '[{"b":2}]']]
    assert columns == ["name", "email", "data", "items"]


def test_what_is_no_object_in_an_array_is_a_bad_row() -> None:
    rows, _ = read(json.dumps([B, 7, "x", None, [C], C]))
    assert [row for row in rows if not isinstance(row, BadRow)] == BOTH
    assert [row.text for row in rows if isinstance(row, BadRow)] == [
        "7",
        '"x"',
        "null",
        json.dumps([C]),
    ]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_word_for_is_null(word: str) -> None:
    lines = f'{{"name": "B", "email": {word}}}\n{{"name": "C", "email": "c@x.example"}}\n'
    assert read(lines)[0] == [["B", None], ["C", "c@x.example"]]
    assert read(f"[{lines.strip().replace(chr(10), ',')}]")[0] == read(lines)[0]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([B, C])[:-1],
        json.dumps([B, C])[:-9],
        json.dumps([B, C], indent=2)[:40],
        f"[{json.dumps(B)}] [{json.dumps(C)}]",
        json.dumps([B, C]).replace(":", "=", 1),
        "[" * 100_000,
        '[{"a":' * 50_000,
    ],
    ids=["bracket", "object", "pretty", "two arrays", "damaged", "deep", "deep objects"],
)
def test_a_document_that_is_damaged_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(UnreadableFile, match=r"damaged or cut off.*one object per line"):
        read(text)


def test_a_document_that_is_too_large_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_documents, "MAX_DOCUMENT", 1 << 20)
    with pytest.raises(UnreadableFile, match=r"more than 1 MiB.*jq -c"):
        read(json.dumps([B] * 50_000))


def test_a_row_that_is_too_long_or_holds_half_a_character_is_refused_alone() -> None:
    rows, _ = read(
        json.dumps([B, {"name": "x" * 90_000, **{str(n): "y" * 90_000 for n in range(12)}}])
    )
    assert rows[0] == ["B", "b@x.example"]
    assert isinstance(rows[1], BadRow)
    assert rows[1].reason == "the row is longer than 1,048,576 characters"
    rows, _ = read(json.dumps([B, {"name": "\ud800"}]))
    assert isinstance(rows[1], BadRow)
    assert rows[1].reason == "not valid JSON"


def test_a_first_line_of_a_megabyte_keeps_no_line_from_being_read() -> None:
    long = json.dumps({"name": "B", "email": "b@x.example", "notes": ["n" * 90_000] * 9})
    rows, _ = read(f"{long}\n{json.dumps(C)}\n")
    assert [row.reason for row in rows if isinstance(row, BadRow)] == [
        "a cell is longer than 100,000 characters"
    ]
    assert rows[1] == ["C", "c@x.example", None]


@pytest.mark.parametrize(
    "keys", [("1", "2"), ("user-7", "user-8"), ("b@x.example", "c@x.example"), ("a" * 24, "b" * 24)]
)
@pytest.mark.parametrize("around", ["{}", '{{"people": {}}}', '{{"total": 2, "data": {}}}'])
def test_people_keyed_by_ids_are_rows_with_their_key_as_id(
    keys: tuple[str, str], around: str
) -> None:
    rows, columns = read(around.format(json.dumps(dict(zip(keys, (B, C), strict=True)))))
    assert columns == ["id", "name", "email"]
    assert rows == [[key, *person] for key, person in zip(keys, BOTH, strict=True)]


@pytest.mark.parametrize(
    "person",
    [
        {"contact": B, "company": {"name": "Acme", "website": "acme.example"}},
        {"billing": B, "shipping": {"name": "B", "email": "b2@x.example"}},
        {"1": {"a": 1}, "2": {"a": 2}},
        {"email": "b@x.example", "1": C},
    ],
)
def test_parts_of_one_person_are_one_row(person: dict[str, object]) -> None:
    assert len(read(json.dumps(person))[0]) == 1


def test_a_list_that_is_left_out_is_told() -> None:
    text = json.dumps({"results": [], "companies": [{"name": "Co"}], "people": [B, C], "tags": [1]})
    table = read_table(io.BytesIO(text.encode()), "ndjson")
    assert list(table.rows) == BOTH
    assert " ".join(table.facts.notes) == (
        "The list 'companies' beside 'people' was left out. If it holds people too, send it as a"
        " file of its own."
    )
    table = read_table(io.BytesIO(json.dumps({"people": [B, C], "next": None}).encode()), "ndjson")
    assert list(table.rows) == BOTH
    assert table.facts.notes == []


def test_an_array_costs_little_more_than_its_lines() -> None:
    empty = "[" + ",".join(["{}"] * 200_000) + "," + json.dumps(B) + "]"
    started = time.process_time()
    assert read(empty)[0] == [["B", "b@x.example"]]
    assert time.process_time() - started < 2


def test_a_lone_surrogate_in_an_array_is_a_bad_row_as_in_a_line() -> None:
    rows, _ = read('[{"name": "A\\ud800", "email": "a@x.example"}, {"name": "B", "email": null}]')
    assert isinstance(rows[0], BadRow)
    assert rows[1] == ["B", None]
