"""`hardener admit`: would the cluster take a pod, as what, and where would it run?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hardener.cli.answers import answer_data, answer_lines, folder_data, warn_of_unheeded
from hardener.cli.arguments import FORMAT
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import AGAINST, PROFILE, Evidence, evidence
from hardener.cli.say import result, result_json
from hardener.errors import UsageError, visible

if TYPE_CHECKING:
    from hardener.verify.admission.decide import Decision

# The words whose objects decide whether a pod is taken.
_ABOUT = ("pods", "quotas", "tokens", "namespaces")


@click.command(
    cls=Command,
    short_help="Say whether the cluster would take a pod, why not, and where it would run.",
    epilog="Examples: hardener admit shop.yaml deployment.yaml -n shop-web; "
    "hardener admit shop.yaml - --against output/shop-prod < job.yaml",
)
@PROFILE
@click.argument("manifest", metavar="MANIFEST", type=click.Path(path_type=Path))
@click.option(
    "-n", "--namespace", default="", metavar="NAMESPACE", help="Where to create what does not say where it belongs."
)
@click.option("--as", "user", default="", metavar="USER", help="Who creates it; somebody in no group unless given.")
@click.option(
    "--as-group", "groups", multiple=True, metavar="GROUP", help="A group that the user is in; may be repeated."
)
@AGAINST
@FORMAT
def admit(
    profile: Path,
    manifest: Path,
    namespace: str,
    user: str,
    groups: tuple[str, ...],
    against: Path | None,
    format_: str,
) -> int:
    """Judge what stands in MANIFEST as the API server would that runs with the output of PROFILE.

    MANIFEST holds pods and what makes pods: Deployments, StatefulSets, DaemonSets, Jobs, CronJobs and the like, of
    which the pod is judged that their controller makes; objects of other kinds are named and not judged. Several
    documents are judged one by one; `-` reads them from standard input. The answer names what refuses, the file and
    the line, and the line of PROFILE that asks for it; of what is admitted, the pools on which it can run. What no file
    shows, such as other people's webhooks, is named and not judged. Exits with 1 if anything is refused, and with 2 if
    MANIFEST is wrong, or if something in the output that may refuse it is not understood.
    """
    from hardener.verify.admission.decide import decide
    from hardener.verify.admission.manifest import read

    if str(profile) == str(manifest) == "-":
        raise UsageError("both the profile and the manifest cannot come from standard input")
    known = evidence(profile, against, *_ABOUT)
    found = read(_text(manifest), "<stdin>" if str(manifest) == "-" else str(manifest), namespace)
    decisions = decide(found.makes, known.written(), known.profile, namespace=namespace, user=user, groups=groups)
    if format_ == "json":
        judged = [_as_data(decision, known) for decision in decisions]
        result_json({"pods": judged, "notJudged": list(found.others), **folder_data(known)})
    else:
        others = [visible(f"not judged: {', '.join(found.others)}")] if found.others else []
        result("\n\n".join([*("\n".join(_as_lines(decision, known)) for decision in decisions), *others]))
        warn_of_unheeded(known)
    return YES if all(decision.answer.yes for decision in decisions) else NO


def _text(file: Path) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UsageError(visible(f"{file}: this is not text in UTF-8")) from error
    except OSError as error:
        raise UsageError(visible(f"{file}: {(error.strerror or str(error)).lower()}")) from error


def _as_lines(decision: Decision, known: Evidence) -> list[str]:
    lines = answer_lines(decision.answer, known)
    if decision.answer.yes:
        where = ", ".join(decision.pools) or "no pool: its selector, its affinity and its tolerations fit none"
        lines.append(visible(f"  it can run on: {where}"))
    return [*lines, *(visible(f"  not judged: {each}") for each in decision.not_judged)]


def _as_data(decision: Decision, known: Evidence) -> dict[str, object]:
    return {
        **answer_data(decision.answer, known),
        "namespace": decision.namespace,
        "pools": list(decision.pools),
        "notJudged": list(decision.not_judged),
        "stored": decision.stored,
    }
