"""How often the detection is right, measured on names of 33 languages.

Figures of a longer run stand in docs/decisions/0016-encodings.md.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from houselist.files.encoding_detection import detect, odd_lines
from support.encodings import CODECS, SAVED_IN, load_names, make_file, save_as

SIZES = {1: 8, 3: 5, 10: 2, 50: 1}
OLD = {"macintosh", "x-mac-cyrillic", "ibm437", "ibm850", "ibm852"}


@pytest.fixture(scope="module")
def measured():
    """Counts of (encoding, rows, what came of it), and the wrong ones with their words."""
    random, names = Random(8), load_names()
    counts, wrong = Counter(), []
    for language, encodings in SAVED_IN.items():
        for name in encodings:
            for rows, times in SIZES.items():
                for _ in range(times):
                    text, data = save_as(make_file(names[language], random, rows), name)
                    sample = odd_lines(data)
                    if not sample:
                        continue
                    found = detect(sample)
                    right = found and data.decode(found.codec, "replace") == text
                    outcome = "refused" if found is None else "right" if right else "wrong"
                    counts[name, rows, outcome] += 1
                    if outcome == "wrong":
                        wrong.append((language, name, found.name, text))
    return counts, wrong


def share(counts, encodings, rows, outcome="right"):
    tried = {key: n for key, n in counts.items() if key[0] in encodings and key[1] in rows}
    return sum(n for key, n in tried.items() if key[2] == outcome) / sum(tried.values())


def test_no_name_of_any_language_is_read_with_a_wrong_letter(measured):
    counts, wrong = measured
    assert counts.total() > 1200
    assert wrong == []


def test_names_in_what_windows_saves_are_mostly_read(measured):
    counts, _ = measured
    windows = {name for name in CODECS if name not in OLD}
    assert share(counts, windows, {1}) > 0.6
    assert share(counts, windows, {3, 10}) > 0.75
    assert share(counts, windows, {50}) > 0.9


@pytest.mark.parametrize("name", ["windows-1252", "windows-1250", "windows-1251", "shift_jis"])
def test_each_common_encoding_is_read_from_ten_rows_on(measured, name):
    assert share(measured[0], {name}, {10, 50}) > 0.7


def test_mac_and_dos_are_read_from_many_rows_only(measured):
    assert share(measured[0], OLD - {"x-mac-cyrillic"}, {1, 3}) < 0.1
    assert share(measured[0], OLD, {50}) > 0.7


@pytest.mark.parametrize(
    "text",
    [
        "Müller",
        "Weiß",
        "José,Muñoz",
        "Nicolò",
        "Zoë",
        "Søren",
        "João",
        "Åse",
        "Café",
        "O’Brien",
        "Women’s Health",
        "Sales – West",
        "5 €",
        "“Bob” Smith",
    ],
)
def test_a_single_ordinary_western_word_is_windows_1252(text):
    found = detect(text.encode("cp1252"))
    assert found
    assert found.name == "windows-1252"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("JosŽ Mu–oz", "cp1252"),  # José Muñoz of a Mac
        ("Köln,Göttingen", "mac_roman"),
        ("Böhm,Straße", "cp850"),
        ("Strauß", "cp437"),
        ("Çiğdem", "cp1254"),
        ("Ābele", "cp1257"),
        ("5 €,Žižka", "iso8859_15"),
        ("Øystein", "mac_roman"),
    ],
)
def test_few_letters_that_could_be_others_are_not_believed(text, codec):
    found = detect(text.encode(codec))
    assert found is None or text.encode(codec).decode(found.codec) == text


def test_the_answer_does_not_depend_on_how_long_the_file_is():
    names = load_names()["cs"]
    _, data = save_as(make_file(names, Random(1), 20_000), "windows-1250")
    assert len(odd_lines(data)) <= 65 * 1024
    assert detect(odd_lines(data)).name == "windows-1250"


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("kz1048", ["Нұрсұлтан Әбішев", "Гүлнәр Қасымова"]),
        ("cp862", ["יוסי כהן", "שרה לוי", "דוד מזרחי"]),
        ("mac_greek", ["Κωνσταντίνος Ωνάσης", "Ελένη Άννα", "Χρήστος Ξένος"]),
        ("cp737", ["Κωνσταντίνος Ωνάσης", "Ελένη Άννα", "Χρήστος Ξένος"]),
        ("cp860", ["João Gonçalves", "Antônio Araújo", "Conceição"]),
        ("euc_jp", ["渡辺美咲", "渡辺直樹", "加藤翔", "ﾀﾅｶ ﾀﾛｳ"]),
        ("euc_kr", ["이순신", "김철수"]),
        ("euc_kr", ["Иван Петров", "Юлия Кузнецова", "Сергей Попов"]),
        ("gb2312", ["Иван Петров", "Юлия Кузнецова", "Сергей Попов"]),
        ("johab", ["김민준", "이서연", "박하늘"]),
        ("iso8859_3", ["Doğan Yıldız", "İpek Şahin", "Çiğdem Işık"]),
        ("iso8859_4", ["Rūta Šiaulė", "Živilė Balčiūnas", "Šarūnas Grigaliūnas"]),
        ("iso8859_10", ["Rūta Šiaulė", "Živilė Balčiūnas", "Šarūnas Grigaliūnas"]),
        ("iso8859_16", ["Szűcs Ernő", "Győző Erdős", "Gyűrűs Dezső"]),
        ("iso8859_16", ["Księżna Łucja", "Łukasz Wójcik", "Józef Gęś"]),
    ],
)
def test_what_the_detectors_do_not_know_is_refused_and_not_misread(codec, names):
    random = Random(3)
    for rows in (1, 1, 1, 2, 2, 3, 5, 20):
        text = "Name,Email\n" + "".join(
            f"{random.choice(names)},a@x.example\n" for _ in range(rows)
        )
        found = detect(odd_lines(text.encode(codec)))
        assert found is None or text.encode(codec).decode(found.codec) == text


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("cp1251", ["Олексій Шевченко", "Ґалина Їжак", "Юрій Ткаченко", "Євген Білий"]),
        ("cp1251", ["Ђорђе Јовановић", "Љиљана Његош", "Милош Ћирић"]),
        ("cp1251", ["Марыя Каваўчук", "Зоўня Яўген", "Уладзімір Кулёў"]),
        ("koi8_r", ["Сергей Иванов", "Ольга Смирнова", "Наталья Кузнецова"]),
    ],
)
def test_the_alphabets_that_share_an_encoding_are_still_read(codec, names):
    text = "Name,Email\n" + "".join(f"{name},a@x.example\n" for name in names * 5)
    found = detect(odd_lines(text.encode(codec)))
    assert found is not None
    assert text.encode(codec).decode(found.codec) == text


def test_letters_of_several_languages_in_one_file_are_no_reason_to_refuse_it():
    names = load_names()
    mixed = {
        column: [*names["cs"][column], *names["pl"][column], *names["de"][column]]
        for column in names["cs"]
    }
    for rows in (10, 50, 200):
        text, data = save_as(make_file(mixed, Random(rows), rows), "windows-1250")
        found = detect(odd_lines(data))
        assert found
        assert data.decode(found.codec) == text
