"""`hardener explain`: why something of the output is as it is, and what would change it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hardener.cli.arguments import FORMAT
from hardener.cli.command import YES, Command
from hardener.cli.evidence import PROFILE
from hardener.cli.proposals import explained
from hardener.cli.say import result, result_json
from hardener.errors import UsageError

if TYPE_CHECKING:
    from hardener.explain.world import World


@click.command(
    cls=Command,
    context_settings={"ignore_unknown_options": True},
    short_help="Say which line of the profile decided something, by which measure, for which controls.",
    epilog="Examples: hardener explain shop.yaml output/shop/manifests/namespaces/payments/network.yaml:84; "
    "hardener explain shop.yaml netpol/default-deny -n payments; hardener explain shop.yaml --audit-log-maxage; "
    "hardener explain shop.yaml CIS 1.2.1; hardener explain shop.yaml flow.internet; "
    "hardener explain shop.yaml zones.cards.podSecurity",
)
@PROFILE
@click.argument("what", nargs=-1, metavar="WHAT", type=click.UNPROCESSED, shell_complete=explained)
@click.option("-n", "--namespace", default="", metavar="NAMESPACE", help="The namespace of an object.")
@FORMAT
def explain(profile: Path, what: tuple[str, ...], namespace: str, format_: str) -> int:
    """Say why WHAT is as it is: which lines of PROFILE decided it, by which measure, and what would change it.

    WHAT is a file of the output, perhaps with a line; an object; a flag, or a field of the kubelet's file; the id of a
    control, of a measure or of a rule; or a path in the profile. The controls that it is for are shown too, those of
    the profile's own frameworks first. What decides a line is found by trying: it is that without which the line would
    be otherwise.
    """
    from hardener.cli.explained import as_data, as_text
    from hardener.cli.work import renderings
    from hardener.explain.asked import explain as meanings
    from hardener.explain.world import World

    if not any(word.strip() for word in what):
        raise UsageError("tell what to explain: a file of the output, an object, a flag, a control, a rule, a path")
    (rendering,) = renderings([profile], Path("output"))
    world: World = World(rendering.source, rendering.profile, rendering.plan, rendering.artifacts)
    found = meanings(" ".join(what), world, namespace)
    if format_ == "json":
        result_json({"explanations": [as_data(each, world, rendering.folder) for each in found]})
    else:
        result("\n\n".join(as_text(each, world, rendering.folder) for each in found))
    return YES
