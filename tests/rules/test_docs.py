"""House rule: what the documents name exists, and what exists is in the documents."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import houselist
from houselist.app import API
from houselist.cli import app
from houselist.config import VARIABLES, load
from houselist.errors import refusals
from houselist.files.mapping import FIELDS
from houselist.linkedin import REASONS
from houselist.openapi import routes as public
from houselist.permissions import MEANINGS
from support.documents import endpoint_table
from support.rules import ROOT, named

if TYPE_CHECKING:
    from pathlib import Path

    from cyclopts import App

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
# Settings of the tests, which the service does not know.
TESTS_ONLY = {"HOUSELIST_TEST_DATABASE_URL", "HOUSELIST_TEST_DEPTH"}
_ACCOUNT = "/v1/accounts/{accountGroupId}"


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def table(text: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading: first cell, without its backticks, to the others."""
    lines = iter(text.splitlines())
    next(line for line in lines if line.startswith(heading))
    rows = [[]]
    for line in lines:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif len(rows) > 1:
            break
    return {first.strip("` "): rest for first, *rest in rows[3:]}


def code(text: str) -> list[str]:
    """What stands between backticks, and the lines of the blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [
        *(line for block in blocks for line in block.splitlines()),
        *re.findall(r"`([^`\n]+)`", rest),
    ]


def commands(group: App, *before: str) -> dict[tuple[str, ...], set[str]]:
    """Every command that does something, and its flags."""
    found: dict[tuple[str, ...], set[str]] = {}
    for name in group:
        if name.startswith("-"):
            continue
        command = group[name]
        if command.default_command is None:
            found |= commands(command, *before, name)
        else:
            arguments = command.assemble_argument_collection()
            found[*before, name] = {flag for argument in arguments for flag in argument.names}
    return found


def test_the_readme_has_every_setting_as_it_is() -> None:
    assert table(page("README.md"), "## Settings") == {
        name: [default, meaning] for name, (default, meaning) in VARIABLES.items()
    }


def test_every_setting_has_a_section_of_its_own() -> None:
    headings = re.findall(r"^### `(\w+)`$", page("docs/configuration.md"), re.MULTILINE)
    assert set(headings) == VARIABLES.keys()
    assert len(headings) == len(VARIABLES)


@pytest.mark.parametrize("name", VARIABLES)
def test_the_default_in_a_settings_section_is_the_one_of_the_table(name: str) -> None:
    section = page("docs/configuration.md").split(f"### `{name}`\n")[1].split("\n#")[0]
    text = " ".join(section.split())
    stated = [
        *re.findall(r"Default: (.+?)\.(?= |$)", text),
        *re.findall(r"(`[^`]+`) by default", text),
        *re.findall(r"(`[^`]+`) \(default\)", text),
        *("unset" for _ in re.findall(r"\b[Uu]nset by default", text)),
    ]
    default, _ = VARIABLES[name]
    assert stated in ([default], [default.split(": ")[0]])


def test_a_default_in_the_table_is_the_one_that_is_used() -> None:
    literal = {
        name: found[1]
        for name, (default, _) in VARIABLES.items()
        if (found := re.fullmatch(r"`([^`]+)`", default))
    }
    assert len(literal) > len(VARIABLES) / 2
    for name, value in literal.items():
        chosen = load({name: value})
        if listen := chosen.metrics_listen:
            chosen = replace(chosen, metrics_listen=listen._replace(chosen=False))
        assert chosen == load({}), name


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    for path in PAGES:
        found = set(re.findall(r"\bHOUSELIST_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
        assert found <= VARIABLES.keys() | TESTS_ONLY, named(path)


def test_every_permission_is_documented() -> None:
    rows = table(page("docs/api.md"), "## Keys and permissions")
    assert rows == {permission: [meaning] for permission, meaning in MEANINGS.items()}


def test_every_error_is_documented_with_its_status() -> None:
    section = page("docs/api.md").split("## Errors")[1].split("## ")[0]
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", section, re.MULTILINE)
    assert set(rows) == {(str(each.status), each.code) for each in refusals()}
    assert len(rows) == len(set(rows))


def test_every_endpoint_is_documented_with_its_permission() -> None:
    rows = table(page("docs/api.md"), "## Endpoints")
    assert {endpoint: cells[0].strip("`") for endpoint, cells in rows.items()} == {
        each.route.replace(_ACCOUNT, ""): each.permission or "any key" for each in API
    }
    assert endpoint_table() in page("docs/api.md"), "run `make docs`"


def test_every_endpoint_without_a_key_is_documented() -> None:
    section = page("docs/api.md").split("Without a key:")[1].split("\n\n")[0]
    paths = {path for _, path, _ in public.ROUTES}
    assert set(re.findall(r"`GET (\S+)`", section)) == paths | {"/docs"}


def test_every_field_that_a_column_can_hold_is_documented() -> None:
    section = page("docs/api.md").split("A column can be mapped")[1]
    assert list(table("## fields\n" + section, "## fields")) != []
    assert table("## fields\n" + section, "## fields").keys() == set(FIELDS)


def test_every_reason_for_refusing_an_address_is_documented() -> None:
    rows = table(page("docs/api.md"), "## LinkedIn addresses")
    assert rows == {reason: [words] for reason, words in REASONS.items()}


def test_every_command_is_in_the_readme() -> None:
    rows = table(page("README.md"), "## Commands")
    there = commands(app)
    for words in there:
        assert any(f"{row} ".startswith(f"houselist {' '.join(words)} ") for row in rows), words
    assert len(rows) == len(there)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_command_and_flag_in_the_documents_exists(path: Path) -> None:
    there = commands(app)
    for line in code(path.read_text(encoding="utf-8")):
        found = re.match(r"(?:\S*/)?houselist(( [a-z]+){1,2})", line)
        if found is None:
            continue
        words = tuple(found[1].split())
        command = words if words in there else words[:1]
        assert command in there or any(each[:1] == command for each in there), line
        if command in there:
            flags = set(re.findall(r" (--[\w-]+)", line)) - {"--help"}
            assert flags <= there[command], line


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_flag_that_is_named_alone_exists(path: Path) -> None:
    flags = set().union(*commands(app).values()) | {"--help"}
    named_alone = [line for line in code(path.read_text(encoding="utf-8")) if line.startswith("--")]
    assert [line for line in named_alone if line.split()[0] not in flags] == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, part = target.partition("#")
        there = (path.parent / file) if file else path
        assert there.exists(), target
        if part:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
            assert part in anchors, target


def test_every_place_on_the_map_exists() -> None:
    rows = table(page("README.md"), "## Where things are")
    for place in rows:
        assert list(ROOT.glob(place)), place
    packages = {named(path.parent) + "/" for path in ROOT.glob("src/houselist/*/__init__.py")}
    assert packages <= rows.keys()


def test_the_layers_in_the_architecture_are_those_under_contract() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["id"] == "layers"]
    block = page("docs/architecture.md").split("## Rooms")[1].split("```")[1]
    drawn = [sorted(line.split(" · ")) for line in block.strip().splitlines()]
    assert [["__main__"], *drawn] == [sorted(re.split(r" [|:] ", layer)) for layer in layers]


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_file_and_make_target_in_the_documents_exists(path: Path) -> None:
    targets = set(re.findall(r"^(\w+):", page("Makefile"), re.MULTILINE))
    for word in code(path.read_text(encoding="utf-8")):
        if found := re.match(r"make (\w+)", word):
            assert found[1] in targets, word
        # An example's name has something to fill in.
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(py|sql|toml|md)", word) and "NNNN" not in word:
            places = [path.parent, ROOT, ROOT / "src" / "houselist"]
            inside = any((place / word).exists() for place in places)
            assert inside or list(ROOT.glob(f"src/houselist/**/{word}")), word


def test_the_changelog_has_this_version() -> None:
    versions = re.findall(r"^## \[([\d.]+)\]", page("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == houselist.__version__


def test_decisions_are_numbered_without_a_gap() -> None:
    decisions = sorted(ROOT.glob("docs/decisions/*.md"))
    assert [path.name[:4] for path in decisions] == [
        f"{n:04}" for n in range(1, len(decisions) + 1)
    ]
    for path in decisions:
        words = path.read_text(encoding="utf-8")
        assert words.startswith(f"# {path.name[:4]}: ")
        for part in ("Context", "Decision", "What it costs", "What else was considered"):
            assert f"**{part}.**" in words, f"{path.name}: {part}"
