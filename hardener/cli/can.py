"""`hardener can`: may somebody do something in the cluster, and by what? Or who may?"""

from __future__ import annotations

from pathlib import Path

import click

from hardener.cli.answers import answer_data, folder_data, show_answer
from hardener.cli.arguments import FORMAT
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import AGAINST, PROFILE, evidence
from hardener.cli.say import result_json
from hardener.errors import UsageError

_ONE = "hardener can PROFILE USER VERB RESOURCE [NAME] [-n NAMESPACE]"
_ALL = "hardener can PROFILE --who VERB RESOURCE [NAME] [-n NAMESPACE]"


@click.command(
    cls=Command,
    short_help="Say whether somebody may do something, and by what; or who may.",
    epilog="Examples: hardener can shop.yaml jane list secrets -n payments --as-group storefront; "
    "hardener can shop.yaml system:serviceaccount:ci:releaser patch deployments.apps/scale web -n shop-web; "
    "hardener can shop.yaml --who get /metrics",
)
@PROFILE
@click.argument("words", nargs=-1, metavar="[USER] VERB RESOURCE [NAME]")
@click.option(
    "-n", "--namespace", default="", metavar="NAMESPACE", help="In this namespace; in every one unless given."
)
@click.option(
    "--as-group", "groups", multiple=True, metavar="GROUP", help="A group that the user is in; may be repeated."
)
@click.option("--who", "everybody", is_flag=True, help="List everybody who may, instead of asking for one user.")
@AGAINST
@FORMAT
def can(
    profile: Path,
    words: tuple[str, ...],
    namespace: str,
    groups: tuple[str, ...],
    everybody: bool,
    against: Path | None,
    format_: str,
) -> int:
    """Answer as the cluster's RBAC would, with the binding, the role and the line of PROFILE that decide.

    USER is a name as the API server knows it; a service account is system:serviceaccount:NAMESPACE:NAME. Nobody is in a
    group that is not given, but for system:authenticated and the groups of service accounts. RESOURCE is written as for
    kubectl (pods, deploy, deployments.apps/scale, widgets.example.com), or is a path such as /metrics. What Kubernetes
    grants by itself counts; what a node may do by the Node authorizer, or a webhook says, does not. Exits with 1 if the
    answer is no.
    """
    from msgspec import to_builtins

    from hardener.verify.access import question
    from hardener.verify.access.asked import asked

    name, verb, what, object_name = _words(words, everybody, groups)
    known = evidence(profile, against, "access")
    request = asked(verb, what, object_name, namespace, known.profile.cluster.kubernetes)
    if not everybody:
        return show_answer(question.can(known.written(), known.profile, name, groups, request), known, format_)
    found = question.who(known.written(), known.profile, request)
    if format_ != "json":
        return show_answer(found.answer, known, format_)
    holders = [to_builtins(each) for each in found.holders]
    result_json({**answer_data(found.answer, known), "subjects": holders, **folder_data(known)})
    return YES if found.answer.yes else NO


def _words(words: tuple[str, ...], everybody: bool, groups: tuple[str, ...]) -> tuple[str, str, str, str]:
    """User, verb, resource and name. Raises UsageError where one is missing, or is one too many."""
    from hardener.verify.access.doubts import VERBS

    if everybody and groups:
        raise UsageError(f"--as-group says of one user who they are, and --who asks for everybody: {_ALL}")
    if everybody and len(words) > 2 and words[0] not in VERBS and words[1] in VERBS:
        raise UsageError(f"--who asks for everybody, and so for no {words[0]}: {_ALL}")
    if groups and len(words) == 2 and words[0] in VERBS:
        raise UsageError(
            f"tell a user as well, whose name may be any: hardener can PROFILE somebody {' '.join(words)} "
            f"--as-group {groups[0]}"
        )
    words = ("", *words) if everybody else words
    if not 3 <= len(words) <= 4 or not all(words[1 if everybody else 0 :]):
        said = "a verb and a resource" if everybody else "a user, a verb and a resource"
        raise UsageError(f"tell {said}, and perhaps a name:\n  {_ALL if everybody else _ONE}")
    name, verb, what = words[:3]
    return name, verb, what, words[3] if len(words) == 4 else ""
