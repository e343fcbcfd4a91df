"""E-mail cells: what is read of them, in which one form, and which addresses stand for none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.people.cells.emails import NO_ADDRESS, PLACEHOLDER, read_email, read_emails


@pytest.mark.parametrize(
    "cell",
    [
        "jo@x.example",
        "JO@X.Example.",
        "Jo Doe <jo@x.example>",
        '"Doe, Jo" <jo@x.example>',
        "<jo@x.example>",
        "mailto:jo@x.example",
        "MAILTO:jo@x.example?subject=Hi%20there&cc=bo@x.example",
        "mailto:jo%40x.example",
        "[jo@x.example](mailto:jo@x.example)",
        "'jo@x.example",
        "'jo@x.example'",
        "\u201cjo@x.example\u201d",
        "\u00abjo@x.example\u00bb",
        "\u201ejo@x.example\u201c",
        "`jo@x.example`",
        "**jo@x.example**",
        "jo@x.example (work)",
        "(jo@x.example)",
        "Work: jo@x.example",
        "E-mail:jo@x.example",
        "* jo@x.example",
        "jo@x.example,",
        "jo@x.example;",
        "jo@x.example!",
        "jo@x.example\n",
        "\u00a0jo@x.example\u00a0",
        "\ufeffjo@x.example",
        "jo\u200b@x.example",
        "jo@x\u00ad.example",
        "jo\uff20x.example",
        "\uff4a\uff2f\uff20x.example",
        "jo@\uff58\uff0eexample\uff1b",
        '["jo@x.example"]',
        '{"email": "jo@x.example"}',
        '[{"type": "work", "value": "jo@x.example"}]',
        '[{"email": {"address": "jo@x.example"}}]',
        "jo@x.example; JO@X.EXAMPLE",
    ],
)
def test_one_address_however_it_was_pasted(cell: str) -> None:
    assert read_emails(cell) == ("jo@x.example", False, None)


@pytest.mark.parametrize(
    "cell",
    [
        "jo@x.example, bo@x.example",
        "jo@x.example;bo@x.example",
        "jo@x.example bo@x.example",
        "jo@x.example ::: bo@x.example",
        "jo@x.example/bo@x.example",
        "jo@x.example | bo@x.example",
        "jo@x.example\nbo@x.example",
        "Jo <jo@x.example>, Bo <bo@x.example>",
        '["jo@x.example", "bo@x.example"]',
        "['jo@x.example', 'bo@x.example']",
        '[{"value": "jo@x.example"}, {"value": "bo@x.example"}]',
        "noemail@x.example, jo@x.example, bo@x.example",
        "jo@x.example, bo@x",
        "bo@x, jo@x.example",
    ],
)
def test_of_several_the_first_usable_one_and_word_that_there_are_more(cell: str) -> None:
    assert read_emails(cell) == ("jo@x.example", True, None)


@pytest.mark.parametrize(
    "cell",
    [
        "jo@bücher.example",
        "JO@BÜCHER.example",
        "jo@xn--bcher-kva.example",
        "jo@XN--BCHER-KVA.Example.",
        "Jo <jo@xn--bcher-kva.example>",
        "jo@bu\u0308cher.example",
    ],
)
def test_one_mailbox_is_one_text_however_its_domain_is_written(cell: str) -> None:
    assert read_email(cell) == "jo@bücher.example"


@pytest.mark.parametrize(
    "cell",
    [
        "jo doe@x.example",  # a name before it, or a dot that is missing?
        "jo @x.example",
        "jo(at)x.example",
        "https://medium.com/@jo.doe",
        "x.example/@jo.doe",
        ".jo@x.example",
        "jo@x",
        "jo@x..example",
        "@",
        "[]",
        "[" * 5_000,
        "jo@x.example " + "x" * 5_000,
    ],
)
def test_what_is_not_sure_is_no_address(cell: str) -> None:
    assert read_emails(cell) == (None, False, NO_ADDRESS)


@pytest.mark.parametrize(
    "cell",
    [
        "noemail@acme.example",
        "no-email@acme.com",
        "none@none.com",
        "none@none.none",
        "test@test.com",
        "Test@Test.com",
        "null@acme.com",
        "unknown@unknown.com",
        "email@domain.com",
        "your@email.com",
        "yourname@company.com",
        "email_not_unlocked@domain.com",
        "noreply@acme.com",
        "do-not-reply@acme.com",
        "email@example.com",
        "aaa@aaa.com",
        "a@a.com",
        "a@a.a",
        "pending@pending.com",
        "REDACTED@REDACTED.com",
        "redacted@acme.com",
        "missing@missing.example",
        "hidden@privacy.com",
        "user@example.com",
        "test@example.org",
        "no@email.com",
        "none@noemail.com",
        "noemail1234@acme.example",
        "no-email_7@acme.example",
        "<noemail@x.example>",
        "noemail@x.example; none@none.com",
        "not available",
        "Not found",
        "unknown",
        "info",
        "no email",
        "keine E-Mail",
        "(private)",
    ],
)
def test_what_stands_for_none(cell: str) -> None:
    assert read_emails(cell) == (None, False, PLACEHOLDER)


@pytest.mark.parametrize(
    "address",
    [
        "info@company.com",
        "office@shared.example",
        "support@domain.com",
        "test@acme.com",
        "email@acme.com",
        "name@acme.com",
        "jo@example.com",
        "acme@acme.com",
        "missing@police.example",
        "hidden@valley.example",
        "nan1987@x.example",
        "mail2024@x.example",
        "no@valley.example",
        "mail@name.com",
        "na@acme.com",
        "anna@anna.com",
        "a@b.example",
        "b@b.example",
        "mail@mueller.de",
        "jo@email.com",
        "nobody@acme.com",
        "nullmann@acme.com",
        "sales@sales.example",
        "unknownpleasures@x.example",
    ],
)
def test_real_mailboxes_are_no_placeholders(address: str) -> None:
    assert read_emails(address) == (address, False, None)


WRAPPINGS = st.sampled_from(
    ["{}", " {} ", "<{}>", "mailto:{}", "'{}'", "\u201c{}\u201d", "Jo <{}>", "{};", "[{}]", "({})"]
)
DOMAINS = st.from_regex(r"[a-z]{2,10}\.(example|com|de)", fullmatch=True)
LOCALS = st.from_regex(r"[a-z]{3,8}[0-9]{2}(\.[a-z]{1,5})?", fullmatch=True)


@given(LOCALS, DOMAINS, WRAPPINGS, st.booleans())
def test_wrapping_and_case_change_nothing(local: str, domain: str, wrap: str, upper: bool) -> None:
    address = f"{local}@{domain}"
    assert read_email(wrap.format(address.upper() if upper else address)) == address


@given(st.text(max_size=100))
def test_any_cell_gives_an_address_or_a_reason(cell: str) -> None:
    address, others, why = read_emails(cell)
    assert (address is None) == (why is not None)
    assert address is not None or not others
    assert address is None or read_email(address) == address
