"""Measure hardener beside helm and kustomize making the same objects, and print the ratios with their bars.

    python -m tests.bench [--sizes 10 100 1000 3000] [--rounds 5]

Generators are measured beside a generator: neither helm nor kustomize proves what it made, so hardener renders with
--unproven there. What the proof takes is measured after them, beside that same rendering, and so is a comparison.

All tools run in turn, so that a machine which slows down slows them all. Each run has a folder of its own, on a file
system in memory where there is one: we measure programs, not disks (and an ext4 that has just deleted thousands of
files looks for a free inode longer than all of these programs run).
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from itertools import count as numbers
from pathlib import Path

from tests.bench.difference import difference
from tests.bench.helm import write_chart
from tests.bench.kustomize import write_overlays
from tests.bench.measure import Command, Run, in_turn, memory, ratio, seconds
from tests.bench.proof import proof
from tests.bench.scale import profile
from tests.bench.tools import tool

MEMORY = Path("/dev/shm")
KUSTOMIZE_UP_TO = 100
# How much of the other tool's time hardener may take.
BARS = {(10, "helm"): 3.5, (1000, "helm"): 0.5, (100, "kustomize"): 0.1}
EXPONENT = 1.1

Runs = dict[str, list[Run]]


def main() -> int:
    """Measure every size; print a line for each bar. Exit code 1 if one is not met."""
    options = _options()
    # Every installed program has its compiled modules; some shells of developers switch that off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        runs = {size: _measured(Path(folder) / str(size), size, options.rounds) for size in options.sizes}
        untouched = _one_namespace_changed(Path(folder) / "again", options.sizes[-1])
        good = [*(_report(size, taken) for size, taken in runs.items()), _exponent(runs), untouched]
        good += proof(Path(folder) / "proof", options.rounds)
        good += difference(Path(folder) / "difference", options.rounds)
    return 0 if all(good) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000, 3000])
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _measured(folder: Path, size: int, rounds: int) -> Runs:
    """Write the inputs, see that all tools make the same objects, and run them in turn."""
    folder.mkdir(parents=True)
    file = folder / "scale.yaml"
    file.write_text(profile(size))
    first = folder / "first"
    hardener = [sys.executable, "-m", "hardener", "render", "--unproven", str(file), "-o"]
    in_turn({"hardener": Command([*hardener, str(first)])}, folder / "log", 0)
    manifests = first / "scale" / "manifests"
    write_chart(folder / "chart", size, manifests)
    commands = {
        "hardener": Command(hardener, fresh=(folder / f"out-{number}" for number in numbers())),
        "helm": Command([tool("helm"), "template", "scale", str(folder / "chart")]),
    }
    if size <= KUSTOMIZE_UP_TO:
        write_overlays(folder / "kustomize", size, manifests)
        commands["kustomize"] = Command([tool("kustomize"), "build", str(folder / "kustomize")])
    for name in commands.keys() - {"hardener"}:
        made = folder / f"{name}.yaml"
        in_turn({name: commands[name]}, made, 0)
        subprocess.run([sys.executable, "-m", "tests.bench.objects", str(manifests), str(made)], check=True)
    return in_turn(commands, folder / "log", rounds)


def _report(size: int, runs: Runs) -> bool:
    print(f"\n{size} namespaces")
    for name, taken in runs.items():
        print(f"  {name:10} {seconds(taken):7.3f} s {memory(taken):6.0f} MiB")
    good = True
    for other in runs.keys() - {"hardener"}:
        bar = BARS.get((size, other), math.inf)
        share = ratio(runs["hardener"], runs[other])
        good = good and share <= bar
        print(f"  hardener takes {share:.3f} of {other}'s time{_judged(share, bar)}")
    less = memory(runs["hardener"]) < memory(runs["helm"])
    print(
        f"  hardener takes {memory(runs['hardener']) / memory(runs['helm']):.2f} of helm's memory{_judged(not less, 0)}"
    )
    return good and less


def _exponent(runs: dict[int, Runs]) -> bool:
    """Whether time grows hardly faster than the number of namespaces, from a hundred on."""
    sizes = [size for size in runs if size >= 100]
    if len(sizes) < 2:
        return True
    first, last = (seconds(runs[size]["hardener"]) for size in (sizes[0], sizes[-1]))
    exponent = math.log(last / first) / math.log(sizes[-1] / sizes[0])
    judged = _judged(exponent, EXPONENT)
    print(f"\nfrom {sizes[0]} to {sizes[-1]} namespaces its time grows with the exponent {exponent:.2f}{judged}")
    return exponent <= EXPONENT


def _one_namespace_changed(folder: Path, size: int) -> bool:
    """Whether a second render that changes one namespace touches the files of that namespace alone."""
    folder.mkdir()
    file, output = folder / "scale.yaml", folder / "out"
    render = {
        "hardener": Command([sys.executable, "-m", "hardener", "render", "--unproven", str(file), "-o", str(output)])
    }
    file.write_text(profile(size))
    in_turn(render, folder / "log", 0)
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()}
    file.write_text(profile(size, changed=True))
    taken = in_turn(render, folder / "log", 1)["hardener"]
    touched = [path for path, then in before.items() if path.stat().st_mtime_ns != then]
    print(f"\na second render of {size} namespaces, one of them changed: {seconds(taken):.3f} s, touched:")
    print("\n".join(f"  {path.relative_to(output)}" for path in touched))
    return [path.name for path in touched] == ["quotas.yaml"]


def _judged(value: float, bar: float) -> str:
    return "" if bar == math.inf else f" ({'good' if value <= bar else 'TOO MUCH'}{f', at most {bar}' if bar else ''})"


if __name__ == "__main__":
    sys.exit(main())
