"""`hardener verify`: do the files keep what the profile promises?"""

from __future__ import annotations

from pathlib import Path

import click

from hardener.cli.arguments import FORMAT
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import AGAINST, PROFILE, evidence
from hardener.cli.findings import as_data, show
from hardener.cli.say import result, result_json


@click.command(
    cls=Command,
    short_help="Prove the ten promises from the files, or show where one is broken.",
    epilog="Example: hardener verify profiles/shop-prod.yaml --against output/shop-prod",
)
@PROFILE
@AGAINST
@FORMAT
def verify(profile: Path, against: Path | None, format_: str) -> int:
    """Read the output as a stranger would, and prove that it keeps the promises of PROFILE.

    Whatever stands in FOLDER is judged, also what somebody changed or added: who may do what, what reaches what, which
    pods are admitted and where they run, quotas, tokens, settings, encryption, audit. Each finding names the promise,
    the place, an example of what goes wrong, and the line of the profile that it breaks. What is not understood is a
    finding, and so is a script for hosts that is another than PROFILE renders to: nobody proves what a script does.
    Without a FOLDER, what PROFILE renders to is judged, and nothing is read of what was written. Exits with 1 if there
    is a finding.
    """
    known = evidence(profile, against)
    findings = known.findings()
    if format_ == "json":
        folder = None if known.rendered else str(known.folder)
        name = known.profile.metadata.name
        found = as_data(findings, known)
        result_json({"profile": name, "folder": folder, "proven": not findings, "findings": found})
    elif findings:
        result(show(findings, known))
    else:
        proven = click.style("proven", fg="green", bold=True)
        name = known.profile.metadata.name
        what = f"what profile {name} renders to" if known.rendered else known.folder
        result(f"{what}: {proven}: it keeps what profile {name} promises")
    return NO if findings else YES
