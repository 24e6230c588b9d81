"""What hardener does not set, and somebody may have written: does `verify` have anything against it?"""

from __future__ import annotations

from typing import Any, Final

from hardener.catalog.components import taken
from hardener.compare.settings.pairs import Pair
from hardener.verify.settings import agreed
from hardener.verify.settings.arguments import Argument, Told, gates, judged
from hardener.verify.settings.demands import Demands

_LINE: Final = 1
_GATES: Final = "featureGates."


def sound(pair: Pair, found: Any, asked: Demands) -> bool:
    """Is nothing wrong with it, as far as anybody knows? What is not there is sound."""
    if found is None:
        return True
    if pair.sort == "flag":
        told = Told("", 0, {pair.name: Argument(str(found), _LINE)})
        return not any(finding.line == _LINE for finding in judged(told, asked))
    if pair.name.startswith(_GATES):
        return not list(gates([f"{pair.name.removeprefix(_GATES)}={str(found).lower()}"], asked.minor))
    known = taken("fields").get(pair.name)
    if known is None or not known.safe or asked.minor not in known.span:
        return False
    return agreed.wrong(pair.name, found, asked) is None
