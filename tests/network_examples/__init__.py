"""Examples that others have published of what policies mean, with the meaning that they give in our own words."""

from __future__ import annotations

from tests.network_examples.cilium import CILIUM
from tests.network_examples.documented import DOCUMENTED
from tests.network_examples.recipes import RECIPES
from tests.network_examples.truth_tables import TRUTH_TABLES
from tests.network_examples.world import Example

EXAMPLES: dict[str, Example] = {
    f"{source}: {name}": example
    for source, found in {
        "documented": DOCUMENTED,
        "truth table": TRUTH_TABLES,
        "recipe": RECIPES,
        "cilium": CILIUM,
    }.items()
    for name, example in found.items()
}
