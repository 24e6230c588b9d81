"""How long it takes to compare two profiles, beside rendering one of them without a proof."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import count as numbers
from pathlib import Path

from tests.bench.measure import Command, in_turn, memory, ratio, seconds
from tests.bench.scale import busy

SIZE = 1000
# `diff` may take so many times what `render --unproven` takes of one of its sides: it renders both.
RATIO = 2
LAST = "team-99-app-9:\n        zone: apps\n        quota: "
# What a pull request changes: grants of a tenant, a flow, quotas, as texts of the profile.
CHANGES = {
    "{role: developer, groups: [team-7]}": "{role: admin, groups: [team-7]}",
    "{namespace: team-40-app-2, pods: {app: api}}, ports: [8442]": "{namespace: team-40-app-2}, ports: [8442, 9999]",
    f"{LAST}small": f"{LAST}large",
}
WORDS = {"access", "network", "quotas"}


def difference(folder: Path, rounds: int) -> list[bool]:
    """Measure, and print a line for the bar; whether it is met."""
    print(f"\ndiff of two profiles of {SIZE} namespaces, beside render --unproven of one")
    old, new = _sides(folder)
    hardener = [sys.executable, "-m", "hardener"]
    _require_changes([*hardener, "diff", str(old), str(new), "--format", "json"])
    render = [*hardener, "render", "--unproven", str(new), "-o"]
    commands = {
        "render": Command(render, fresh=(folder / f"out-{number}" for number in numbers())),
        "diff": Command([*hardener, "diff", str(old), str(new)]),
    }
    runs = in_turn(commands, folder / "log", rounds)
    for name, taken in runs.items():
        print(f"  {name:6} {seconds(taken):7.3f} s {memory(taken):6.0f} MiB")
    share = ratio(runs["diff"], runs["render"])
    good = share <= RATIO
    print(f"  diff takes {share:.2f} times what render takes ({'good' if good else 'TOO MUCH'}, at most {RATIO})")
    return [good]


def _sides(folder: Path) -> tuple[Path, Path]:
    folder.mkdir(parents=True)
    text = busy(SIZE)
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(text)
    for before, after in CHANGES.items():
        if before not in text:
            raise RuntimeError(f"the profile has no {before!r}")
        text = text.replace(before, after)
    new.write_text(text)
    return old, new


def _require_changes(command: list[str]) -> None:
    """Raise if the comparison does not see what was changed: to be quick is nothing then."""
    done = subprocess.run(command, capture_output=True, check=True)
    words = {change["word"] for change in json.loads(done.stdout)["changes"]}
    if words != WORDS:
        raise RuntimeError(f"changes are seen of {sorted(words)}, and not of {sorted(WORDS)}")
