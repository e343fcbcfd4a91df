"""Python programs that are forked from a process which has loaded their modules already.

A program that starts anew imports for longer than most tests take. Tests of how one starts, of what
it may see and of what it may take start it anew.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SERVE = "from support.forking import serve; serve()"
_TESTS = Path(__file__).parents[1]
# Bytes of an order: a module, its arguments, and an environment.
_ORDER = 1 << 20
_NUMBER = 8


class Forked:
    """A program that was forked. What it shows of itself is called as in subprocess.Popen."""

    def __init__(self, pid: int, told: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._told = told
        self._lock = threading.Lock()

    def wait(self, timeout: float | None = None) -> int:
        with self._lock:
            if self.returncode is None:
                self._told.settimeout(timeout)
                try:
                    self.returncode = _read_number(self._told)
                except TimeoutError:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
                self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        if self.returncode is None and not select.select([self._told], [], [], 0)[0]:
            return None
        return self.wait()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """A process that has loaded some modules, from which programs are forked. It starts when it must."""

    def __init__(self, *modules: str, **environ: str) -> None:
        """`environ` is what the modules find in their environment as they are loaded."""
        self._modules = modules
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """The parent of all that are forked."""
        self._connected()
        assert self._process
        return self._process.pid

    def has(self, module: str) -> bool:
        return module in self._modules

    def fork(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str],
        stdin: int,
        stdout: int,
        stderr: int,
    ) -> Forked:
        """Runs a module as `python -m` does, with these for its standard streams."""
        order = json.dumps([module, [*arguments], dict(env), str(Path.cwd())])
        told, telling = socket.socketpair()
        with telling:
            streams = [stdin, stdout, stderr, telling.fileno()]
            socket.send_fds(self._connected(), [order.encode()], streams)
        return Forked(_read_number(told), told)

    def _connected(self) -> socket.socket:
        with self._lock:
            if self._channel is None:
                self._channel = self._started()
        return self._channel

    def _started(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ORDER)
        path = os.pathsep.join(filter(None, [str(_TESTS), os.environ.get("PYTHONPATH")]))
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, *self._modules],
                env={**os.environ, "PYTHONPATH": path, **self._environ},
                stdin=theirs.fileno(),
            )
        atexit.register(_end, ours, self._process)
        return ours


def _end(channel: socket.socket, process: subprocess.Popen[bytes]) -> None:
    channel.close()
    process.wait()


def serve() -> None:
    """What a nursery runs, until whoever started it is gone."""
    for name in sys.argv[1:]:
        import_module(name)
    gc.collect()
    gc.freeze()  # so that no collection in a child writes to what all of them share
    channel = socket.socket(fileno=os.dup(0))
    woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    children: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([channel, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_ends(children)
        if channel not in ready:
            continue
        order, files, _, _ = socket.recv_fds(channel, _ORDER, 4)
        if not order:
            os._exit(0)
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, interrupted)
            _become(json.loads(order), files[:3])
        children[pid] = socket.socket(fileno=files.pop())
        children[pid].sendall(_number(pid))
        for file in files:
            os.close(file)


def _tell_ends(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with children.pop(pid) as telling, suppress(OSError):
            telling.sendall(_number(os.waitstatus_to_exitcode(status)))


def _become(order: Any, files: Sequence[int]) -> None:
    module, arguments, environ, folder = order
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 1024)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = arguments
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False))),
        io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False))),
        io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(2, "w", closefd=False)),
            errors="backslashreplace",
            line_buffering=True,
        ),
    )
    if not hasattr(sys.modules.get(module), "__path__"):
        sys.modules.pop(module, None)  # a program is run, as one that was not imported
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
        if isinstance(left.code, str):
            sys.stderr.write(f"{left.code}\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    # What Python does at its end, but for taking all down that was loaded.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER, "big", signed=True)


def _read_number(told: socket.socket) -> int:
    data = told.recv(_NUMBER, socket.MSG_WAITALL)
    assert len(data) == _NUMBER, "the process that forks is gone"
    return int.from_bytes(data, "big", signed=True)
