"""A server that fails says why, and none outlives its block."""

import os
import sys

import pytest

from tests.components import process

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


def alive(identifier):
    try:
        os.kill(identifier, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_server_ends_with_its_block_even_when_the_block_fails(tmp_path):
    seen = []

    def block():
        with process.running(SLEEPS, tmp_path / "log", lambda: True) as identifier:
            seen.append(identifier)
            assert alive(identifier)
            raise KeyError

    with pytest.raises(KeyError):
        block()
    assert [alive(identifier) for identifier in seen] == [False]


def test_a_server_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_SECONDS_TO_STOP", 0.2)
    log = tmp_path / "log"
    with process.running(DEAF, log, lambda: log.read_text() == "deaf\n") as identifier:
        pass
    assert not alive(identifier)


def test_a_server_that_ends_at_once_shows_the_end_of_its_log(tmp_path):
    command = ["sh", "-c", "echo no such file >&2; exit 3"]
    with pytest.raises(process.NotReadyError, match=r"\Aended with 3\nno such file\Z"):
        process.running(command, tmp_path / "log", lambda: False).__enter__()


def test_a_server_that_never_answers_is_given_up_and_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_SECONDS_TO_START", 0.2)
    command = ["sh", "-c", "echo $$; exec sleep 60"]
    with pytest.raises(process.NotReadyError, match="not ready after") as refusal:
        process.running(command, tmp_path / "log", lambda: False).__enter__()
    assert not alive(int(str(refusal.value).splitlines()[-1]))
