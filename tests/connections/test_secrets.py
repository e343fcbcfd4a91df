"""Sealing providers' keys: who can read them, how the secret is changed, where it is kept."""

from __future__ import annotations

import asyncio
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from houselist import config, logs
from houselist.config import SettingError
from houselist.connections.secrets import CannotOpen, Sealer, kept_secret
from support.provided import KEY, SECRET, connect

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api

GROUP, OTHER = bytes(range(12)), bytes(range(1, 13))
NEW = "another-secret-for-tests-that-is-long-enough"
MAKES_ONE = """
import sys, time
from pathlib import Path
from houselist.connections.secrets import kept_secret
print("ready", flush=True)
sys.stdin.readline()
print(kept_secret(Path(sys.argv[1])))
"""


def test_what_was_sealed_is_opened_again() -> None:
    sealed = Sealer(SECRET).seal(GROUP, KEY)
    assert KEY.encode() not in sealed
    assert Sealer(SECRET).open(GROUP, sealed) == KEY
    # The same key looks different each time.
    assert Sealer(SECRET).seal(GROUP, KEY) != sealed


def test_another_secret_opens_nothing() -> None:
    sealed = Sealer(SECRET).seal(GROUP, KEY)
    with pytest.raises(CannotOpen):
        Sealer(NEW).open(GROUP, sealed)


def test_another_account_groups_key_is_not_taken() -> None:
    sealed = Sealer(SECRET).seal(GROUP, KEY)
    with pytest.raises(CannotOpen):
        Sealer(SECRET).open(OTHER, sealed)


@pytest.mark.parametrize("spoilt", [b"", b"x", b"\xff" * 200])
def test_what_is_no_sealed_key_is_told_as_such(spoilt: bytes) -> None:
    with pytest.raises(CannotOpen):
        Sealer(SECRET).open(GROUP, spoilt)


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_sealed_key_that_was_changed_is_told_as_such(at: int) -> None:
    sealed = bytearray(Sealer(SECRET).seal(GROUP, KEY))
    sealed[at] = ord("A") if sealed[at] != ord("A") else ord("B")
    with pytest.raises(CannotOpen):
        Sealer(SECRET).open(GROUP, bytes(sealed))


def test_the_secret_is_changed_with_both_in_use_for_a_while() -> None:
    old = Sealer(SECRET).seal(GROUP, KEY)
    both = Sealer(f" {NEW} , {SECRET} ")
    assert both.open(GROUP, old) == KEY
    # What is sealed now needs the new one alone, and so does what is sealed anew.
    for sealed in (both.seal(GROUP, KEY), both.reseal(GROUP, old)):
        assert Sealer(NEW).open(GROUP, sealed) == KEY
        with pytest.raises(CannotOpen):
            Sealer(SECRET).open(GROUP, sealed)
    with pytest.raises(CannotOpen):
        both.reseal(OTHER, old)


@pytest.mark.parametrize("secret", ["short", f"{SECRET},", f",{SECRET}", f"{SECRET},short"])
def test_a_secret_that_is_short_stops_the_start(secret: str) -> None:
    with pytest.raises(SettingError, match="openssl") as told:
        config.load({"HOUSELIST_SECRET_KEY": secret})
    assert SECRET not in str(told.value)


def test_settings_do_not_show_secrets() -> None:
    url = "postgresql://somebody:hunter2@host/houselist"
    settings = config.load({"HOUSELIST_SECRET_KEY": SECRET, "HOUSELIST_DATABASE_URL": url})
    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


async def test_the_database_holds_no_key_in_the_open(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    dump = await place.pool.fetchval(
        "SELECT c::text FROM provider_connections c WHERE account_group_id = $1", group
    )
    sealed = await place.pool.fetchval(
        "SELECT sealed_key FROM provider_connections WHERE account_group_id = $1", group
    )
    for text in (KEY, SECRET):
        assert text not in dump
        assert text.encode().hex() not in dump
        assert text.encode() not in sealed
    assert Sealer(SECRET).open(group, sealed) == KEY


def files(folder: Path) -> dict[str, int]:
    """Names and modes of all that is there."""
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


async def test_the_kept_secret_is_made_once_by_two_processes_at_once(tmp_path: Path) -> None:
    made = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            MAKES_ONE,
            str(tmp_path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in made:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    told = await asyncio.gather(*(process.communicate(b"go\n") for process in made))
    (secret,) = {out.decode().strip() for out, _ in told}
    assert len(secret) >= 32
    assert kept_secret(tmp_path) == secret
    assert files(tmp_path) == {"secret.key": 0o600}


def test_the_kept_secret_can_be_used(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path)
    assert config.load({"HOUSELIST_SECRET_KEY": secret}).secret_key == secret


def test_a_kept_secret_that_was_cut_short_is_not_used_nor_replaced(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    for spoilt in (b"", b"abc\n", b"\xff\xfe"):
        file.write_bytes(spoilt)
        with pytest.raises(SettingError, match=r"secret\.key"):
            kept_secret(tmp_path)
        assert file.read_bytes() == spoilt


def test_logs_do_not_show_the_secret(capfd: pytest.CaptureFixture[str]) -> None:
    logs.log.info("settings", settings=config.load({"HOUSELIST_SECRET_KEY": SECRET}))
    assert SECRET not in "".join(capfd.readouterr())
