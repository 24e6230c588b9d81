"""Render spoiled profiles, and see each refused or rendered: no traceback, no file elsewhere, no long wait.

    python -m tests.fuzz [--inputs 200000] [--seed 0] [--workers 2]

What went wrong is kept below build/fuzz/, one file an input, and the seed that makes it again is printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

from tests.fuzz.trial import PATIENCE, Trial, trial

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "fuzz"
CHUNK = 500


def main() -> int:
    """Run the trials, say how far they are, and how they ended. Exit code 1 if one went wrong."""
    options = _options()
    start = time.monotonic()
    counts: Counter[str] = Counter()
    slowest = 0.0
    chunks = [range(first, min(first + CHUNK, options.inputs)) for first in range(0, options.inputs, CHUNK)]
    with Pool(options.workers) as pool:
        for trials in pool.imap_unordered(_run, [(options.seed, chunk) for chunk in chunks]):
            counts.update(each.ending for each in trials)
            slowest = max(slowest, *(each.seconds for each in trials))
            for each in trials:
                _keep(each)
            _progress(counts, options.inputs, start)
    print(f"\n{sum(counts.values())} inputs, the slowest took {slowest:.2f} s: {dict(counts)}")
    return 1 if counts.keys() - {"rendered", "refused"} else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _run(work: tuple[int, range]) -> list[Trial]:
    seed, numbers = work
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        return [trial(f"{seed}-{number}", Path(folder)) for number in numbers]


def _keep(each: Trial) -> None:
    if each.ending not in ("rendered", "refused"):
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{each.seed}.yaml").write_bytes(each.text)
        (KEPT / f"{each.seed}.txt").write_text(each.said)
        print(f"\n{each.ending} ({each.seconds:.1f} s, patience is {PATIENCE} s): build/fuzz/{each.seed}.yaml")


def _progress(counts: Counter[str], inputs: int, start: float) -> None:
    done = sum(counts.values())
    rate = done / (time.monotonic() - start)
    print(f"\r{done} of {inputs}, {rate:.0f} a second", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
