"""How many of the mutants that `mutmut run` made were killed: `python -m tests.mutation` after it.

Exit code 1 if fewer than LEAST of them were.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LEAST = 0.85
STATISTICS = Path(__file__).parent.parent / "mutants" / "mutmut-cicd-stats.json"


def main() -> int:
    """Print the share of killed mutants. One that makes the tests run for ever, or crash, is noticed as well."""
    counts = json.loads(STATISTICS.read_text())
    noticed = counts["killed"] + counts["timeout"] + counts["segfault"]
    share = noticed / counts["total"]
    print(f"{noticed} of {counts['total']} mutants were noticed: {share:.1%}, and it must be {LEAST:.0%}")
    print("see the others with `.venv/bin/mutmut results`")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
