"""JSON in other shapes than one object a line: read where it is plain what is meant, else refused."""

from __future__ import annotations

import io
import json

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
