"""Reading requests into shapes: every problem is named at once, and no input does worse than that."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from houselist.errors import Problem, UnsupportedMediaType
from houselist.ids import Id
from houselist.texts import Name
from houselist.web import inputs

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


ID = b"0" * 24


class Shape(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    owner_id: Id
    name: Name
    size: Annotated[int, msgspec.Meta(ge=0, le=9, extra={"must": "a digit"})] = 0
    kind: Literal["a", "b"] = "a"
    tags: list[str] = []


def read(raw: dict[str, Any], **how: bool) -> tuple[Shape | None, dict[str, str]]:
    problems: list[Problem] = []
    return inputs.read(Shape, raw, problems, **how), dict(problems)


GOOD = {"ownerId": "0" * 24, "name": " CTOs ", "size": 3, "kind": "b", "tags": ["x"]}


def test_what_is_good_becomes_the_shape() -> None:
    shape, problems = read(GOOD)
    assert problems == {}
    assert shape == Shape(Id(bytes(12)), Name("CTOs"), 3, "b", ["x"])


def test_all_that_is_wrong_is_named_in_words() -> None:
    shape, problems = read({"ownerId": "x", "size": 10, "kind": "c", "tags": [1], "nope": 1, "": 2})
    assert shape is None
    assert problems["ownerId"] == "must be 24 lowercase hex digits"
    assert problems["name"] == "is required"
    assert problems["size"] == "must be a digit"
    assert set(problems) == {"ownerId", "name", "size", "kind", "tags[0]", "nope", '""'}
    assert not any("`" in message or "$" in message for message in problems.values())


class Animal(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    name: Name


class Dog(Animal, kw_only=True, tag="dog"):
    barks: bool = False


class Fish(Animal, kw_only=True, tag="fish"):
    depth: int


def read_animal(raw: dict[str, Any]) -> tuple[Dog | Fish | None, dict[str, str]]:
    problems: list[Problem] = []
    return inputs.read(Dog | Fish, raw, problems), dict(problems)


def test_a_tag_tells_which_shape_is_meant() -> None:
    assert read_animal({"kind": "dog", "name": "Rex"}) == (Dog(name=Name("Rex")), {})
    assert read_animal({"kind": "fish", "name": "Wanda", "depth": 3}) == (
        Fish(name=Name("Wanda"), depth=3),
        {},
    )


def test_fields_of_another_shape_are_named_as_such() -> None:
    assert read_animal({"kind": "fish", "name": "", "barks": True, "wings": 2})[1] == {
        "name": "must have 1 to 200 characters, not counting spaces at either end",
        "depth": "is required",
        "barks": "does not go with fish; leave it out",
        "wings": "is not known here; leave it out",
    }


def test_null_for_a_field_of_another_shape_counts_as_not_there() -> None:
    """Clients that write every field they know write null for those of other shapes."""
    found = read_animal({"kind": "dog", "name": "Rex", "depth": None})
    assert found == (Dog(name=Name("Rex")), {})
    assert read_animal({"kind": "dog", "name": "Rex", "wings": None})[1] == {
        "wings": "is not known here; leave it out"
    }


@pytest.mark.parametrize("kind", [{}, {"kind": "cat"}, {"kind": None}, {"kind": ["dog"]}])
def test_without_a_known_tag_the_other_fields_are_judged_all_the_same(kind: dict[str, Any]) -> None:
    problems = read_animal({**kind, "name": 5, "depth": "deep", "wings": 2})[1]
    assert problems["kind"] == ("must be one of dog, fish" if kind else "is required")
    assert set(problems) == {"kind", "name", "depth", "wings"}


@given(st.dictionaries(st.sampled_from(["kind", "name", "barks", "depth", "other", ""]), JSON))
def test_any_object_is_one_of_the_shapes_or_refused(raw: dict[str, Any]) -> None:
    animal, problems = read_animal(raw)
    assert (animal is None) is bool(problems)


@given(st.dictionaries(st.sampled_from([*GOOD, "other", ""]), JSON))
def test_any_object_is_read_or_every_wrong_field_is_named(raw: dict[str, Any]) -> None:
    shape, problems = read(raw)
    assert (shape is None) is bool(problems)
    assert all(path and message for path, message in problems.items())
    assert {"ownerId", "name"} - set(raw) <= set(problems)
    assert set(raw) & {"other"} <= set(problems)


@given(st.binary())
def test_any_body_is_read_or_refused(body: bytes) -> None:
    problems: list[Problem] = []
    shape = inputs.read_json(Shape, body, problems)
    assert (shape is None) is bool(problems)


@given(st.binary())
@example(b"=\x00")
@example(b"=1&=2")
def test_any_query_is_read_or_refused(query: bytes) -> None:
    problems: list[Problem] = []
    assert inputs.read_query(Shape, query, problems) is None
    assert all(problem.path and problem.message for problem in problems)


@pytest.mark.parametrize("size", [b"5", b"5.0", b"0.5e1", b"50e-1"])
def test_a_whole_number_may_be_written_as_json_schema_has_it(size: bytes) -> None:
    problems: list[Problem] = []
    found = inputs.read_json(Shape, b'{"ownerId":"%b","name":"x","size":%b}' % (ID, size), problems)
    assert (found and found.size, problems) == (5, [])


@pytest.mark.parametrize(
    "size", [b"5.5", b"1e400", b"-1.0", b"10.0", b'"5.0"', b"9007199254740993.0"]
)
def test_another_number_is_refused(size: bytes) -> None:
    problems: list[Problem] = []
    body = b'{"ownerId":"%b","name":"x","size":%b}' % (ID, size)
    assert inputs.read_json(Shape, body, problems) is None
    assert dict(problems) == {"size": "must be a digit"}


def test_a_query_turns_text_into_numbers_and_a_body_does_not() -> None:
    assert read(GOOD | {"size": "5"}, strict=False)[0] is not None
    assert set(read(GOOD | {"size": "5"})[1]) == {"size"}


@pytest.mark.parametrize("query", [b"size=1&size=1", b"size=1&size=2"])
def test_a_parameter_given_twice_is_refused(query: bytes) -> None:
    problems: list[Problem] = []
    inputs.read_query(Shape, query, problems)
    assert ("size", "is given more than once") in problems


@given(st.text())
def test_any_path_is_read_or_refused(owner: str) -> None:
    problems: list[Problem] = []
    shape = inputs.read_path(Shape, {"ownerId": owner, "name": owner}, problems)
    assert (shape is None) is bool(problems)


def test_text_that_came_from_broken_bytes_is_refused() -> None:
    problems: list[Problem] = []
    assert inputs.read_path(Shape, {"ownerId": "\udcff", "name": "x"}, problems) is None
    assert problems == [("ownerId", "is not valid UTF-8 text")]


@pytest.mark.parametrize(
    "kind", [b"text/plain", b"", b"application", b"application/x", b"text/json", b"\xff/\xfe"]
)
def test_a_body_of_another_type_is_unsupported(kind: bytes) -> None:
    with pytest.raises(UnsupportedMediaType):
        inputs.check_json_type(kind, b"{}")
    inputs.check_json_type(kind, b"")
