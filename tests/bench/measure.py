"""Run commands in turn, and say what each took as a whole process."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one command: wall-clock seconds, and the peak of its resident memory in MiB."""

    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Command:
    """A command. `fresh` gives one more argument for each run, such as an output folder that was never used."""

    arguments: Sequence[str]
    fresh: Iterator[Path] | None = None

    def line(self) -> list[str]:
        """The words of the next run."""
        return [*self.arguments, *([str(next(self.fresh))] if self.fresh else [])]


def run(command: Command, log: Path) -> Run:
    """Run once; its output goes to a file, as it would to a repository. Raises if it fails."""
    line = command.line()
    with log.open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(line, stdout=out, stderr=subprocess.PIPE)
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(line)} ended with {process.returncode}: {said.decode()[-2000:]}")
    return Run(seconds, usage.ru_maxrss / 1024)


def in_turn(commands: dict[str, Command], log: Path, rounds: int) -> dict[str, list[Run]]:
    """Run all commands one after the other, `rounds` times, after one round that is not counted."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for count in range(rounds + 1):
        for name, command in commands.items():
            taken = run(command, log)
            if count:
                runs[name].append(taken)
    return runs


def seconds(runs: list[Run]) -> float:
    """The median of the wall-clock times."""
    return statistics.median(each.seconds for each in runs)


def memory(runs: list[Run]) -> float:
    """The median of the peaks of memory, in MiB."""
    return statistics.median(each.memory for each in runs)


def ratio(ours: list[Run], theirs: list[Run]) -> float:
    """The median of the ratios round by round, so that a machine which slows down slows both."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
