"""How long it takes to prove an output, beside rendering it without a proof."""

from __future__ import annotations

import math
import sys
from itertools import count as numbers
from pathlib import Path

from tests.bench.measure import Command, Run, in_turn, memory, ratio, seconds
from tests.bench.scale import busy

SIZES = (100, 1000, 3000)
# `verify` may take so many times what `render --unproven` takes, of so many namespaces.
RATIO_AT, RATIO = 1000, 3
EXPONENT = 1.2
MEMORY_AT, MEMORY = 3000, 1024

Runs = dict[str, list[Run]]


def proof(folder: Path, rounds: int) -> list[bool]:
    """Measure each size and print a line for each bar; which of them are met."""
    print("\nverify, beside render --unproven: two workloads a namespace, ten flows from each namespace")
    runs = {size: _measured(folder / str(size), size, rounds) for size in SIZES}
    return [*(_report(size, taken) for size, taken in runs.items()), _exponent(runs)]


def _measured(folder: Path, size: int, rounds: int) -> Runs:
    folder.mkdir(parents=True)
    file = folder / "scale.yaml"
    file.write_text(busy(size))
    hardener = [sys.executable, "-m", "hardener"]
    render = [*hardener, "render", "--unproven", str(file), "-o"]
    in_turn({"first": Command([*render, str(folder / "first")])}, folder / "log", 0)
    commands = {
        "render": Command(render, fresh=(folder / f"out-{number}" for number in numbers())),
        "verify": Command([*hardener, "verify", str(file), "--against", str(folder / "first" / "scale")]),
    }
    return in_turn(commands, folder / "log", rounds)


def _report(size: int, runs: Runs) -> bool:
    share, peak = ratio(runs["verify"], runs["render"]), memory(runs["verify"])
    print(f"  {size} namespaces:")
    for name, taken in runs.items():
        print(f"    {name:6} {seconds(taken):7.3f} s {memory(taken):6.0f} MiB")
    good = True
    if size == RATIO_AT:
        good = share <= RATIO
        print(f"    verify takes {share:.2f} times what render takes ({_word(good)}, at most {RATIO})")
    if size == MEMORY_AT:
        fits = peak <= MEMORY
        print(f"    verify takes {peak:.0f} MiB ({_word(fits)}, at most {MEMORY})")
        good = good and fits
    return good


def _exponent(runs: dict[int, Runs]) -> bool:
    first, last = (seconds(runs[size]["verify"]) for size in (SIZES[0], SIZES[-1]))
    exponent = math.log(last / first) / math.log(SIZES[-1] / SIZES[0])
    good = exponent <= EXPONENT
    between = f"from {SIZES[0]} to {SIZES[-1]} namespaces"
    print(f"  {between} its time grows with the exponent {exponent:.2f} ({_word(good)}, at most {EXPONENT})")
    return good


def _word(good: bool) -> str:
    return "good" if good else "TOO MUCH"
