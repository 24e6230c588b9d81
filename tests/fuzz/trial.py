"""One trial: spoil a profile, render it, and watch what hardener does to the file system."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import time
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hardener.cli import main
from tests.fuzz.mutations import spoiled_data, spoiled_text

PROFILES = Path(__file__).parents[2] / "profiles"
PATIENCE = 5.0
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, slots=True)
class Trial:
    """How hardener took one input. `ending`: rendered, refused, or what went wrong."""

    seed: str
    text: bytes
    ending: str
    seconds: float
    said: str


class _Watch:
    """Notes every file that is opened for writing, made, moved or removed outside the folder in force."""

    def __init__(self) -> None:
        self.inside: str | None = None
        self.strayed: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.inside is None:
            return
        for path in _written(event, arguments):
            if path.startswith("/") and not path.startswith(self.inside) and "__pycache__" not in path:
                self.strayed.append(f"{event} {path}")


_WATCH = _Watch()
_ = sys.addaudithook(_WATCH)


def trial(seed: str, folder: Path) -> Trial:
    """Spoil a profile as `seed` says, render it into `folder`, and say how that ended."""
    luck = random.Random(seed)
    text, data = luck.choice(_profiles())
    spoiled = spoiled_text(text, luck) if luck.random() < 0.5 else spoiled_data(data, luck)
    file = folder / "profile.yaml"
    file.write_bytes(spoiled)
    said = io.StringIO()
    start = time.perf_counter()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        ending = _rendered(file, folder)
    seconds = time.perf_counter() - start
    return Trial(seed, spoiled, "slow" if seconds > PATIENCE else ending, seconds, said.getvalue())


def _rendered(file: Path, folder: Path) -> str:
    _WATCH.inside, _WATCH.strayed = f"{folder}/", []
    try:
        code = main(["render", "--unproven", str(file), "-o", str(folder / "output")])
    except BaseException:
        traceback.print_exc()
        return "traceback"
    finally:
        _WATCH.inside = None
    if _WATCH.strayed or sorted(os.listdir(folder)) not in (["output", "profile.yaml"], ["profile.yaml"]):
        print(_WATCH.strayed)
        return "strayed"
    return {0: "rendered", 2: "refused"}.get(code, f"exit code {code}")


def _written(event: str, arguments: tuple[Any, ...]) -> list[str]:
    """The paths that an audit event of Python says are being written."""
    if event == "open":
        path, mode, flags = arguments
        writes = bool(flags & _WRITING) if isinstance(flags, int) else "r" not in str(mode)
        return [os.fsdecode(path)] if writes and isinstance(path, str | bytes | os.PathLike) else []
    if event in ("os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.symlink", "os.link", "os.chmod", "os.truncate"):
        return [os.fsdecode(path) for path in arguments[:2] if isinstance(path, str | bytes | os.PathLike)]
    return []


@cache
def _profiles() -> tuple[tuple[str, Any], ...]:
    texts = [file.read_text() for file in sorted(PROFILES.glob("*.yaml"))]
    return tuple((text, yaml.load(text, yaml.CSafeLoader)) for text in texts)
