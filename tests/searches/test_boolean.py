"""LinkedIn's Boolean search: what a text asks for in a field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.searches.boolean import read_boolean, read_name
from houselist.searches.shapes import All, AnyOf, Expression, Not, Phrase, UnreadableSearch
from houselist.searches.words import words

OPERATORS = ["AND", "OR", "NOT", "(", ")", '"', "“", "title:", "company:", "school:(", "skills:"]
TOKENS = st.sampled_from(
    [*OPERATORS, "a", "bb", "c++", "-", "-x", "&", "x:y", "|", "!", ":*", "<->", "'", "\\", "r&d"]
)
TEXTS = st.lists(TOKENS, max_size=25).map(" ".join) | st.text(max_size=40)


def shown(asked: Expression | None) -> str | None:
    """An expression as text; a word of another field than keywords has the field in front."""
    match asked:
        case None:
            return None
        case Phrase(field, text):
            prefix = "" if field == "keywords" else f"{field}:"
            found = [f"'{prefix}{word}'" for word in words(text)]
            return found[0] if len(found) == 1 else f"({' <-> '.join(found)})"
        case All(parts):
            return f"({' & '.join(str(shown(part)) for part in parts)})"
        case AnyOf(parts):
            return f"({' | '.join(str(shown(part)) for part in parts)})"
        case Not(part):
            return f"!{shown(part)}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cto", "'cto'"),
        ("cto berlin", "('cto' & 'berlin')"),
        ("cto AND berlin", "('cto' & 'berlin')"),
        ("cto and berlin", "('cto' & 'and' & 'berlin')"),
        ("a OR b c OR d", "('a' | ('b' & 'c') | 'd')"),
        ("(a OR b) c", "(('a' | 'b') & 'c')"),
        ("NOT a", "!'a'"),
        ("NOT NOT a", "'a'"),
        ("a NOT (b OR c)", "('a' & !('b' | 'c'))"),
        ('"vice president" NOT "r&d"', "(('vice' <-> 'president') & !('r' <-> 'd'))"),
        ("“vice president”", "('vice' <-> 'president')"),
        ("jean-pierre", "('jean' <-> 'pierre')"),
        ("a OR", "'a'"),
        ("OR a", "'a'"),
        ("a OR !!! OR b", "('a' | 'b')"),
        ("NOT", None),
        ("a NOT", "'a'"),
        ("a NOT AND b", "('a' & 'b')"),
        ("(a", "'a'"),
        ("a) b", "('a' & 'b')"),
        ("()", None),
        ('"a b', "('a' <-> 'b')"),
        ('"AND"', "'and'"),
        ('a"b c"d', "('a' & ('b' <-> 'c') & 'd')"),
        ("AND OR NOT ()", None),
        ("-- ; DROP TABLE 'x'", "('drop' & 'table' & 'x')"),
        ("", None),
    ],
)
def test_reading(text: str, expected: str | None) -> None:
    assert shown(read_boolean("keywords", text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title:cto", "'title:cto'"),
        ("TITLE:cto berlin", "('title:cto' & 'berlin')"),
        ("title: cto", "'title:cto'"),
        ('title:"chief x" NOT (a OR b)', "(('title:chief' <-> 'title:x') & !('a' | 'b'))"),
        ("title:(cto OR ceo) company:acme", "(('title:cto' | 'title:ceo') & 'company:acme')"),
        ("title:(cto OR company:acme) b", "(('title:cto' | 'company:acme') & 'b')"),
        ("NOT title:intern", "!'title:intern'"),
        ("title:NOT intern", "!'title:intern'"),
        ("NOT company:(a OR b) c", "(!('company:a' | 'company:b') & 'c')"),
        ("firstname:ann lastname:lee", "('firstName:ann' & 'lastName:lee')"),
        ("school:MIT OR cto", "('school:mit' | 'cto')"),
        ("title:vp AND school:“MIT”", "('title:vp' & 'school:mit')"),
        ("title:r&d", "('title:r' <-> 'title:d')"),
        ("title:", "'title'"),
        ("title:()", None),
        ("subtitle:x", "('subtitle' <-> 'x')"),
        ('"title:x"', "('title' <-> 'x')"),
        ("title:company:x", "'company:x'"),
        ("re:invent", "('re' <-> 'invent')"),
        ("VP - Sales", "('vp' & 'sales')"),
        ("vp–sales", "('vp' <-> 'sales')"),
        ("+cto", "'cto'"),
    ],
)
def test_fields_in_a_text(text: str, expected: str | None) -> None:
    assert shown(read_boolean("keywords", text)) == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("headline:cto", "headline:cto"),
        ('skills:(python OR "c x") a', 'skills:(python OR "c x")'),
        ("NOT location:berlin", "location:berlin"),
    ],
)
def test_a_field_that_nobody_can_search_is_kept_as_it_was_written(text: str, kept: str) -> None:
    found = read_boolean("keywords", text)
    assert repr(Phrase("other", kept)) in repr(found)


@pytest.mark.parametrize("text", ["cto -intern", "-intern", '-"vice x"', "a -(b OR c)", "(-a)"])
def test_a_minus_is_refused_because_linkedin_has_none(text: str) -> None:
    with pytest.raises(UnreadableSearch, match="Write NOT"):
        read_boolean("keywords", text)


def test_operators_in_a_name_are_words() -> None:
    expected = "('industry:it' & 'industry:or' & 'industry:title' & 'industry:x')"
    assert shown(read_name("industry", "IT OR title:x")) == expected


def test_a_field_has_its_words_to_itself() -> None:
    found = shown(read_boolean("title", '"vp sales" OR cto'))
    assert found == "(('title:vp' <-> 'title:sales') | 'title:cto')"


@pytest.mark.parametrize("text", ["a " * 501, '"' + "a " * 501, "(" * 31 + "a"])
def test_more_than_a_query_holds_is_refused(text: str) -> None:
    with pytest.raises(UnreadableSearch, match="more than"):
        read_boolean("keywords", text)


@pytest.mark.parametrize(
    "text", ["a " * 500, "(" * 30 + "a", ")" * 8000, "NOT " * 4000 + "a", "NOT title:" * 2000 + "a"]
)
def test_nearly_as_much_is_not(text: str) -> None:
    assert read_boolean("keywords", text) is not None or text[0] == ")"


@given(TEXTS)
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = read_boolean("keywords", text)
    except UnreadableSearch as refusal:
        outcome = str(refusal)
    else:
        outcome = f"{found and shown(found)}."
    assert outcome.endswith(".")
