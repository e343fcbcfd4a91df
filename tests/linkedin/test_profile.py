"""Profile addresses beyond the corpus: near misses, hostile spellings and how each is answered."""

from __future__ import annotations

import copy
import pickle

import pytest

from houselist.linkedin import Profile, Refused, parse_profile, parse_slug, profile_url

CLASSIC = "ACoAAO5rKAEB91KFacTQhVJB1mvymKHhqh_MMoE"
SALES = "ACwAAO5rKAEBLNzb67ZXQJmodWG1oikc6bMe6G8"
RECRUITER = "AEMAAO5rKAEBLNzb67ZXQJmodWG1oikc6bMe6G8"
JANE = "in:jane-doe-fx1"
ROOT = "https://www.linkedin.com"
TWICE_WRAPPED = (
    "https%3A%2F%2Fwww.linkedin.com%2Fauthwall%3FsessionRedirect"
    "%3Dhttps%253A%252F%252Fwww.linkedin.com%252Fin%252Fjane-doe-fx1"
)


def answer(text: str) -> str:
    try:
        return parse_profile(text).key
    except Refused as refusal:
        return f"x:{refusal.reason}"


@pytest.mark.parametrize(
    "text",
    [
        "www.linkedin.com/in/jane-doe-fx1",
        "linkedin.com/in/jane-doe-fx1/",
        "www.linkedin.com:443/in/jane-doe-fx1",
        "http://www.linkedin.com:80/in/jane-doe-fx1",
        "https://www.linkedin.com:/in/jane-doe-fx1",
        "HTTPS://WWW.LINKEDIN.COM/IN/JANE-DOE-FX1",
        "https://touch.linkedin.com/in/jane-doe-fx1",
        "https://mobile.linkedin.com/in/jane-doe-fx1",
        "https://zz.linkedin.com/in/Jane-Doe-FX1",
        f"{ROOT}/mwlite/in/jane-doe-fx1",
        f"{ROOT}/comm/in/jane-doe-fx1?midToken=x",
        f"{ROOT}/in/jane-doe-fx1?",
        f"{ROOT}/in/jane-doe-fx1/?trk=a b",
        f"{ROOT}/in/jane-doe-fx1?trk=%ZZ&x=../..//",
        f"{ROOT}/%69n/jane%2Ddoe%2Dfx1",
        f'"{ROOT}/in/jane-doe-fx1"',
        f'""{ROOT}/in/jane-doe-fx1"";',
        f"'{ROOT}/in/jane-doe-fx1',",
        f"“{ROOT}/in/jane-doe-fx1”",
        f"({ROOT}/in/jane-doe-fx1).",
        f"[{ROOT}/in/jane-doe-fx1]",
        f"\u202a{ROOT}/in/jane-doe-fx1\u202c",
        f"\u00a0{ROOT}/in/jane-\u200bdoe-fx1\r\n",
        f"{ROOT}/authwall?sessionRedirect=https://www.linkedin.com/in/jane-doe-fx1",
        f"{ROOT}/uas/login?session_redirect=%2Fin%2Fjane-doe-fx1",
        f"{ROOT}/login?session_redirect={TWICE_WRAPPED}",
    ],
)
def test_one_person_in_many_spellings(text: str) -> None:
    assert answer(text) == JANE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ROOT}/in/{RECRUITER}", f"rec:{RECRUITER}"),
        (f"{ROOT}/talent/profile/{RECRUITER}?project=1", f"rec:{RECRUITER}"),
        (f"{ROOT}/talent/hire/1/manage/all/profile/{RECRUITER}", f"rec:{RECRUITER}"),
        (f"{ROOT}/sales/lead/{SALES}%2CNAME_SEARCH%2CaB1c", f"sales:{SALES}"),
        (f"urn%3Ali%3Afsd_profile%3A{CLASSIC}", f"id:{CLASSIC}"),
        (f"urn:li:fs_miniProfile:{CLASSIC}", f"id:{CLASSIC}"),
        (f"urn:li:fs_salesProfile:{SALES}", f"sales:{SALES}"),
        (f"(urn:li:fs_salesProfile:({SALES},NAME_SEARCH,x))", f"sales:{SALES}"),
        (f"{ROOT}/in/{CLASSIC}/en?x=1", f"id:{CLASSIC}"),
        (f"{ROOT}/in/ACoAA", "in:acoaa"),
        (f"{ROOT}/in/acoaanderson", "in:acoaanderson"),
        (f"{ROOT}/in/AEMAARTENS-JANSEN-VAN-DEN-BERG", "in:aemaartens-jansen-van-den-berg"),
        (f"{ROOT}/in/x", "in:x"),
        (f"{ROOT}/in/{'a' * 100}", f"in:{'a' * 100}"),
        (f"{ROOT}/in/JOS%c3%89", "in:josé"),
        (f"{ROOT}/in/%E0%A4%B9%E0%A4%BF%E0%A4%A8", "in:हिन"),
        (f"{ROOT}/authwall?sessionRedirect=%2Fin%2Fjos%25C3%25A9", "in:josé"),
        (f"{ROOT}/pub/Jane-Doe/A7/576/B50/en", "in:jane-doe-b50576a7"),
        (f"{ROOT}/pub/jane-doe/1/2a3/b50", "in:jane-doe-b502a31"),
    ],
)
def test_who_is_meant(text: str, expected: str) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\u200b \ufeff", "empty"),
        ('"",', "empty"),
        (f"{ROOT}/in/{'a' * 5000}", "too_long"),
        (f"{ROOT}/in/{'a' * 101}", "bad_slug"),
        (f"{ROOT}/in/---", "bad_slug"),
        ("https:\\\\www.linkedin.com\\in\\jane", "bad_char"),
        (f"{ROOT}\\@evil.test/in/jane", "bad_char"),
        (f"{ROOT}/in/jane\tdoe", "bad_char"),
        (f"{ROOT}/in/jane\x00", "bad_char"),
        (f"{ROOT}/in/jane?x=\n{ROOT}/in/john", "bad_char"),
        (f"{ROOT}/in/jane\ud800", "bad_char"),
        (f"{ROOT}/in/ja\u202ene", "bad_char"),
        (f"{ROOT}/in/jane?x=1 {ROOT}/in/john", "whitespace"),
        (f"{ROOT}/in/jane\u00a0doe", "whitespace"),
        ("Jane Doe", "whitespace"),
        ("jane@example.com", "not_a_url"),
        ("/in/jane", "not_a_url"),
        ("https:/www.linkedin.com/in/jane", "not_a_url"),
        ("https:///in/jane", "not_a_url"),
        ("http%3A%2F%2Fwww.linkedin.com%2Fin%2Fjane", "not_a_url"),
        ("[Jane](https://www.linkedin.com/in/jane)", "not_a_url"),
        ("ftp://www.linkedin.com/in/jane", "bad_scheme"),
        ("mailto:jane@example.com", "bad_scheme"),
        ("linkedin://in/jane", "bad_scheme"),
        ("https://www.linkedin.com@evil.test/in/jane", "not_linkedin"),
        ("https://www.linkedin.com:443@evil.test/in/jane", "not_linkedin"),
        ("https://www.lin\u212aedin.com/in/jane", "not_linkedin"),
        ("https://www.lınkedin.com/in/jane", "not_linkedin"),
        ("https://www。linkedin。com/in/jane", "not_linkedin"),
        ("https://xn--lnkedin-s4a.com/in/jane", "not_linkedin"),
        ("https://www%2elinkedin.com/in/jane", "not_linkedin"),
        ("https://www.linkedin.com../in/jane", "not_linkedin"),
        ("https://www.de.linkedin.com/in/jane", "not_linkedin"),
        ("https://www.linkedin.cn/in/jane", "not_linkedin"),
        ("https://[::1]/in/jane", "not_linkedin"),
        ("https://evil.test/?https://www.linkedin.com/in/jane", "not_linkedin"),
        ("https://LNKD.IN./eFx1", "short_link"),
        ("https://www.linkedin.com:80/in/jane", "port"),
        ("http://www.linkedin.com:443/in/jane", "port"),
        ("https://www.linkedin.com:４４３/in/jane", "port"),
        ("https://jane:pw@www.linkedin.com/in/jane", "userinfo"),
        ("https://@www.linkedin.com/in/jane", "userinfo"),
        ("jane@www.linkedin.com/in/jane", "userinfo"),
        (f"{ROOT}/in/jane//", "empty_segment"),
        (f"{ROOT}/in//jane", "empty_segment"),
        (f"{ROOT}/in/./jane", "dot_segment"),
        (f"{ROOT}/in/alice/%2e%2E/bob", "dot_segment"),
        (f"{ROOT}/in/alice/.%2e", "dot_segment"),
        (f"{ROOT}/in/jane%", "bad_escape"),
        (f"{ROOT}/in/jos%C3", "bad_escape"),
        (f"{ROOT}/in/%C0%AF", "bad_escape"),
        (f"{ROOT}/in/%ED%A0%80", "bad_escape"),
        (f"{ROOT}/in/100%25", "bad_char"),
        (f"{ROOT}/in/a%00b", "bad_char"),
        (f"{ROOT}/in/jane...", "bad_char"),
        (f"{ROOT}/in/jane%E2%80%8B", "bad_char"),
        (f"{ROOT}/in/jane+doe", "bad_char"),
        (f"{ROOT}/in/jane.doe", "bad_char"),
        (f"{ROOT}/in/x²", "bad_char"),
        (f"{ROOT}/in?trk=x", "missing_slug"),
        (f"{ROOT}/in/ME", "self_alias"),
        (f"{ROOT}/mwlite/profile/in/m%65", "self_alias"),
        (f"{ROOT}/in/Unavailable", "placeholder"),
        (f"{ROOT}/in/undefined", "placeholder"),
        (f"{ROOT}/in/{CLASSIC[:-3]}", "bad_id"),
        (f"{ROOT}/in/{CLASSIC.lower()}", "bad_id"),
        (f"{ROOT}/sales/lead/jane-doe-fx1", "bad_id"),
        (f"{ROOT}/sales/lead/", "missing_id"),
        ("urn:li:member:12x", "bad_id"),
        ("urn:li:member:٣", "bad_id"),
        ("urn:li:fsd_profile:", "missing_id"),
        ("urn:li:company:1", "unsupported_urn"),
        ("urn%3Ali%3Afsd_profile%253AACo", "double_encoded"),
        (f"{ROOT}/pub/dir/jane/doe", "not_person:directory"),
        (f"{ROOT}/pub/jane-doe/a7/576", "legacy_pub"),
        (f"{ROOT}/pub/jane-doe/a7/5z6/b50", "legacy_pub"),
        (f"{ROOT}/sales/profile/1,x,NAME_SEARCH", "legacy_view"),
        (f"{ROOT}/company/acme", "not_person:company"),
        (f"{ROOT}/school/acme", "not_person:school"),
        (f"{ROOT}/jobs/view/1", "not_person:jobs"),
        (f"{ROOT}/posts/jane_x-activity-7330000000000000001-a", "not_person:posts"),
        (f"{ROOT}/groups/1", "not_person:groups"),
        (f"{ROOT}/feed/", "not_person:feed"),
        (f"{ROOT}/sales/search/people?query=x", "not_person:search"),
        (f"{ROOT}/sales/company/1", "not_person:company"),
        (f"{ROOT}?x=/in/jane", "not_person:home"),
        (f"{ROOT}/#/in/jane", "not_person:home"),
        (f"{ROOT}/in%2Fjane", "not_person:other"),
        (f"{ROOT}/authwall?trk=x", "not_person:authwall"),
        (f"{ROOT}/authwall?sessionRedirect=https%3A%2F%2Fevil.test%2Fin%2Fjane", "not_linkedin"),
        (f"{ROOT}/authwall?sessionRedirect=%2F%2Fevil.test%2Fin%2Fjane", "not_linkedin"),
        (f"{ROOT}/authwall?sessionRedirect=javascript%3Aalert(1)", "bad_scheme"),
        (f"{ROOT}/authwall?sessionRedirect=%ZZ", "bad_escape"),
        (f"{ROOT}/authwall?sessionRedirect=/in/a%5Cb", "bad_char"),
        (f"{ROOT}/authwall?sessionRedirect=" * 5 + "/in/jane", "redirect_loop"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    assert answer(text) == f"x:{reason}"


@pytest.mark.parametrize(
    ("kind", "value", "url"),
    [
        ("in", "josé-fx2", f"{ROOT}/in/jos%C3%A9-fx2"),
        ("id", CLASSIC, f"{ROOT}/in/{CLASSIC}"),
        ("sales", SALES, f"{ROOT}/sales/lead/{SALES}"),
        ("rec", RECRUITER, f"{ROOT}/talent/profile/{RECRUITER}"),
        ("num", "4000000001", None),
    ],
)
def test_canonical_address_leads_back(kind, value, url) -> None:
    assert profile_url(kind, value) == url
    assert Profile(kind, value).url == url
    assert url is None or parse_profile(url) == Profile(kind, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jane-doe-fx1", JANE),
        (" Jane-Doe-FX1, ", JANE),
        ("jos%C3%A9", "in:josé"),
        (CLASSIC, f"id:{CLASSIC}"),
        (SALES, f"sales:{SALES}"),
        (RECRUITER, f"rec:{RECRUITER}"),
    ],
)
def test_bare_identifier(text: str, expected: str) -> None:
    assert parse_slug(text).key == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("Jane Doe", "whitespace"),
        ("me", "self_alias"),
        ("https://www.linkedin.com/in/jane", "bad_char"),
        ("jane?x", "bad_char"),
        ("urn:li:member:1", "bad_char"),
        ("a" * 101, "bad_slug"),
        ("jos%25C3%25A9", "double_encoded"),
    ],
)
def test_bare_identifier_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_slug(text)
    assert refusal.value.reason == reason


def test_refusal_speaks_to_people_and_survives_copying() -> None:
    refusal = Refused("not_person:company")
    assert str(refusal).startswith("This is LinkedIn's 'company' page, not a person's profile.")
    for twin in (copy.copy(refusal), pickle.loads(pickle.dumps(refusal))):
        assert (twin.reason, str(twin)) == (refusal.reason, str(refusal))
