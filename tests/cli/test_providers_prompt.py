"""`houselist providers connect` as a process of its own: its prompt, and who could see the key."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import stat
import subprocess
import sys
import tempfile
import termios
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from houselist.connections.secrets import Sealer
from support.cli import Ended, environ, execute, heed_ctrl_c, start
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROMPT = "The provider's key (not shown): "
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A Unipile as a process, whose answers take a while, so that there is time to look around."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fakes.unipile.server", "--delay", "0.3"],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def env(database: str) -> dict[str, str]:
    return environ(
        database_url=database,
        secret_key=SECRET,
        provider_url_policy="allow-private",
        log_level="debug",
    )


class Sitting:
    """A command with somebody at a terminal in front of it."""

    def __init__(self, env: dict[str, str], *arguments: str) -> None:
        self.terminal, theirs = pty.openpty()

        def take_terminal() -> None:
            heed_ctrl_c()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.process = start(
            *arguments, env=env, stdin=theirs, start_new_session=True, preexec_fn=take_terminal
        )
        os.close(theirs)

    def reads(self) -> str:
        """What stands on the terminal, once there is anything."""
        return os.read(self.terminal, 1000).decode()

    def types(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def ended(self) -> Ended:
        out, err = self.process.communicate(timeout=20)
        return Ended(self.process.returncode, out, err)


@contextmanager
def sitting(env: dict[str, str], *arguments: str) -> Iterator[Sitting]:
    one = Sitting(env, *arguments)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        os.close(one.terminal)


def usual(account: str, url: str) -> list[str]:
    return [
        "providers",
        "connect",
        "unipile",
        "--account",
        account,
        "--dsn",
        url,
        "--account-id",
        "acc_1",
        "--json",
    ]


def kept(database: str) -> list[Any]:
    return execute(database, "SELECT * FROM provider_connections")


def test_the_key_is_asked_for_and_seen_nowhere(
    database: str, account: str, url: str, env: dict[str, str]
) -> None:
    with sitting(env, *usual(account, url)) as one:
        assert one.reads() == PROMPT
        one.types(f" {KEY} \n")
        # While the provider is asked, other users may look at the list of processes.
        seen = [each.info["cmdline"] or [] for each in psutil.process_iter(["cmdline"])]
        assert [line for line in seen if "unipile" in line]
        assert not [line for line in seen if KEY in " ".join(line)]
        told = one.ended().expect(0)
        assert KEY not in one.reads()
    assert told.json["status"] == "connected"
    assert KEY not in told.out + told.err
    (row,) = kept(database)
    assert Sealer(SECRET).open(bytes.fromhex(account), row["sealed_key"]) == KEY


@pytest.mark.parametrize(("typed", "code"), [("\x04", 2), ("\x03", 130)], ids=["end", "break"])
def test_who_gives_no_key_at_the_prompt_connects_nothing(
    database: str, account: str, url: str, env: dict[str, str], *, typed: str, code: int
) -> None:
    before = kept(database)
    with sitting(env, *usual(account, url)) as one:
        assert one.reads() == PROMPT
        one.types(typed)
        told = one.ended().expect(code)
    assert told.out == ""
    assert ("key is missing" in told.err) == (code == 2)
    assert kept(database) == before


@pytest.fixture
def home(data_dir: Path) -> Iterator[Path]:
    """A data directory that the embedded server's own user can reach, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="houselist-", dir=data_dir.parent))
    path.chmod(0o711)
    yield path / "data"
    shutil.rmtree(path, ignore_errors=True)


def test_the_embedded_database_brings_a_secret_of_its_own(
    houselist: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, home: Path, url: str
) -> None:
    monkeypatch.delenv("HOUSELIST_DATABASE_URL")
    settings = {
        "data_dir": str(home),
        "provider_url_policy": "allow-private",
        "provider_api_key": KEY,
    }
    account = houselist("accounts", "create", "Acme", "--json", **settings).expect(0).json["id"]
    secret = home / "secret.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_text()
    # The next start finds it again.
    told = houselist(*usual(account, url), **settings).expect(0)
    assert told.json["status"] == "connected"
    assert secret.read_text() == before
    assert before.strip() not in told.out + told.err
