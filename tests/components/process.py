"""A server that runs while a block runs, and is gone afterwards whatever happened in between."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_SECONDS_TO_START = 120
_SECONDS_TO_STOP = 20


class NotReadyError(Exception):
    """A server ended, or took too long, before it answered; the message ends with the end of its log."""


@contextmanager
def running(command: Sequence[str], log: Path, ready: Callable[[], bool]) -> Iterator[int]:
    """Run `command`, wait until `ready`, give its process id to the block, stop it afterwards.

    setpriv has the kernel end the server if the test is killed and cannot.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            ("setpriv", "--pdeathsig", "TERM", *command), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(server, log, ready)
        yield server.pid
    finally:
        _stop(server)


def _wait(server: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while not ready():
        if server.poll() is not None:
            raise NotReadyError(f"ended with {server.returncode}\n{_end_of(log)}")
        if time.monotonic() > deadline:
            raise NotReadyError(f"not ready after {_SECONDS_TO_START} s\n{_end_of(log)}")
        time.sleep(0.05)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
