"""NDJSON: one object a line, columns from its keys, and lines that are none."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest

from houselist.files.reading import BadRow, UnreadableFile, read_table


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    table = read_table(io.BytesIO(data), "ndjson")
    return list(table.rows), table.columns


def test_keys_become_columns_and_values_text():
    line = json.dumps(
        {
            "name": " José ",
            "age": 41,
            "big": 10**25,
            "score": 1.5,
            "whole": 2.0,
            "vip": True,
            "x": None,
        }
    )
    rows, columns = read(line)
    assert columns == ["name", "age", "big", "score", "whole", "vip", "x"]
    assert rows == [["José", "41", "1" + "0" * 25, "1.5", "2", "true", None]]


def test_one_level_is_flattened_and_the_rest_is_json_text():
    rows, columns = read(
        '{"company": {"name": "Acme", "size": {"min": 1}}, "tags": ["a", 1], "no": {}}\n'
    )
    assert columns == ["company.name", "company.size", "tags"]
    assert rows == [["Acme", '{"min":1}', '["a",1]']]


def test_two_keys_of_one_name_give_the_first_value():
    rows, columns = read('{"company": {"name": null}, "company.name": "B", " company.name": "C"}')
    assert (rows, columns) == ([["B"]], ["company.name"])


def test_columns_known_on_return_grow_while_rows_are_read():
    table = read_table(io.BytesIO(b'{"a": "1"}\n{"b": "2", "a": "3"}\n{"b": "4"}\n'), "ndjson")
    assert table.columns == ["a"]
    assert list(table.rows) == [["1"], ["3", "2"], [None, "4"]]
    assert table.columns == ["a", "b"]


def test_blank_lines_and_empty_objects_are_no_rows():
    rows, columns = read('\n{}\r\n  \r\n{"a": null, "b": " "}\n{"a": "1"}')
    assert rows == [["1", None]]
    assert columns == ["a", "b"]


def test_lines_that_are_no_objects_are_bad_rows_and_the_rest_is_read():
    deep = "[" * 50_000
    rows, _ = read('{"a": 1}\n{"a": \n7\n"x"\nnull\n{"a": 2} {"a": 3}\n' + deep + '\n{"a": 4}')
    assert rows[0] == ["1"]
    assert [row.reason for row in rows[1:7]] == [
        "not valid JSON",
        "not a JSON object",
        "not a JSON object",
        "not a JSON object",
        "not valid JSON",
        "not valid JSON",
    ]
    assert rows[6].text == "[" * 2000
    assert rows[7] == ["4"]


def test_a_file_cut_in_the_middle_of_a_line_has_a_bad_last_row():
    assert read('{"a": 1}\n{"a": "tw')[0] == [["1"], BadRow('{"a": "tw', "not valid JSON")]


def test_bad_first_lines_are_kept_and_the_first_object_names_the_columns():
    rows, columns = read('oops\n{"a": 1}')
    assert columns == ["a"]
    assert rows == [BadRow("oops", "not valid JSON"), ["1"]]


def test_text_that_is_not_utf_8_and_characters_postgresql_refuses():
    rows, _ = read('{"é": "x"}\n'.encode() + b'{"\xc3\xa9": "\xff"}\n{"\xc3\xa9": "a\\u0000b"}')
    assert rows[0] == ["x"]
    assert rows[1].reason == "not valid UTF-8"
    assert rows[2] == ["ab"]
    assert read('{"a": "1"}\n{"a": "\\ud800"}')[0][1].reason == "not valid JSON"


def test_utf_16_is_read_too():
    assert read('{"név": "Ő"}\n'.encode("utf-16")) == ([["Ő"]], ["név"])


def test_more_keys_than_columns_allowed_make_that_row_bad():
    many = json.dumps({f"k{n}": "x" for n in range(499)})
    rows, columns = read(many + '\n{"y": "1", "z": "2"}\n{"y": "1"}\n')
    assert rows[1].reason == "with its keys the file has more than 500 columns"
    assert rows[2][-1] == "1"
    assert len(columns) == 500


def test_objects_inside_stay_whole_where_their_keys_would_be_too_many_columns():
    many = {f"k{n}": "x" for n in range(600)}
    rows, columns = read(json.dumps({"name": "A", "attributes": many}))
    assert columns == ["name", "attributes"]
    assert json.loads(rows[0][1]) == many


def test_lines_inside_a_value_end_in_one_way():
    assert read(json.dumps({"a": "1\r\n2\r3\n4"}))[0] == [["1\n2\n3\n4"]]


def test_too_long_a_value_or_line_is_a_bad_row():
    rows, _ = read(f'{{"a": "{"x" * 100_001}"}}\n{{"a": "{"x" * 2_000_000}"}}\n{{"a": "1"}}')
    assert rows[0].reason == "a cell is longer than 100,000 characters"
    assert rows[1].reason == "the row is longer than 1,048,576 characters"
    assert rows[2] == ["1"]


@pytest.mark.parametrize("text", ["name,email\nAnn,x\n", "x\n" * 5000, "{}", "\n", "[]", "[1, 2]"])
def test_a_file_without_any_object_is_refused(text):
    with pytest.raises(UnreadableFile, match="no line holds a JSON object"):
        read(text)


@pytest.mark.parametrize("data", [b"", b"<html>", b"PK\x03\x04"])
def test_other_formats_are_refused(data):
    with pytest.raises(UnreadableFile, match=r"empty|web page|zip"):
        read(data)


LONG = "k" * 50_000


def test_a_name_longer_than_in_any_other_format_refuses_its_row_before_it_is_repeated():
    inner = {f"a{number}": 1 for number in range(400)}
    rows, columns = read(
        json.dumps({"email": "a@x.example", LONG: inner})
        + '\n{"email": "b@x.example"}\n'
        + json.dumps({"email": "c@x.example", "k" * 900: {"i" * 900: 1}})
        + "\n"
        + json.dumps({"email": "d@x.example", "ok": {LONG: 1}})
    )
    assert [row.reason for row in rows if isinstance(row, BadRow)] == [
        "the name of a column is longer than 1,000 characters"
    ]
    # Below a name that fits, what is too long together stays JSON text.
    assert columns == ["email", "k" * 900, "ok"]
    assert rows[2] == ["c@x.example", json.dumps({"i" * 900: 1}, separators=(",", ":"))]
    assert rows[3][-1].startswith('{"kkk')


def test_names_have_a_limit_together_and_rows_without_more_of_them_are_read():
    wide = [json.dumps({"email": "a@x.example", f"{n:03}" + "n" * 990: 1}) for n in range(300)]
    rows, columns = read("\n".join([*wide, '{"email": "b@x.example"}']))
    assert sum(map(len, columns)) <= 250_000
    assert len(columns) > 200
    bad = [row.reason for row in rows if isinstance(row, BadRow)]
    assert set(bad) == {"with its keys the file's column names have more than 250,000 characters"}
    assert rows[-1][0] == "b@x.example"


def test_many_objects_below_long_names_cost_no_more_than_their_row():
    parts = {f"{n:03}" + "k" * 900: {f"i{i}": 1 for i in range(300)} for n in range(200)}
    tracemalloc.start()
    read(json.dumps({"email": "a@x.example"}) + "\n" + json.dumps(parts))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 << 20


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({LONG: 1}, "the name of a column is longer than 1,000 characters"),
        ({"a": "x" * 100_001}, "a cell is longer than 100,000 characters"),
        ({"a": ["x" * 99_000] * 11}, "the row is longer than 1,048,576 characters"),
    ],
)
def test_a_file_of_bad_rows_alone_is_refused_for_what_is_wrong_with_them(row, reason):
    with pytest.raises(UnreadableFile, match=f"No row of the file can be read: {reason}"):
        read("\n".join([json.dumps(row)] * 2))
