"""`hardener krm`: a KRM function, which renders a profile among the resources of a kustomization."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hardener.cli.command import FAILED, NO, YES, Command
from hardener.cli.say import complain, result, say
from hardener.errors import HardenerError, Problem, ProfileError, UsageError, visible

if TYPE_CHECKING:
    from hardener.cli.resource_list import Item, ResourceList
    from hardener.cli.work import Rendering
    from hardener.source import Source
    from hardener.verify import Finding

_MANIFESTS = "manifests/"
_INSTEAD = "name its file by a ConfigMap with data.profile"


@click.command(
    cls=Command,
    short_help="Render a profile as a function of kustomize or kpt.",
    epilog="Example: a profile that is listed under generators of a kustomization.yaml and has the annotation "
    "config.kubernetes.io/function: 'exec: {path: hardener, args: [krm]}'; then "
    "kustomize build --enable-alpha-plugins --enable-exec .",
)
def krm() -> int:
    """Read a ResourceList on standard input, and print it with the manifests of a profile among its items.

    Its functionConfig is the profile itself, which then extends nothing, or a ConfigMap whose data.profile names the
    profile's file. Nothing is written to the disk, and what cannot be proven is not given out: see `verify`. What is
    wrong, or left to somebody else, stands in the list's results and on standard error. The files for hosts,
    control-plane/ and nodes/, are no resources, and so not in the list: `render` writes them.
    """
    from hardener.cli import resource_list

    given = resource_list.read(_stdin())
    try:
        rendering = _rendering(given.config)
        unproven = _unproven(rendering)
        items = () if unproven else _with_manifests(given, rendering)
    except HardenerError as error:
        result(given.written(given.items, _refusals(error, given.config)).rstrip("\n"))
        complain(error, as_json=False, writes=False)
        return FAILED
    if unproven:
        result(given.written(given.items, [_broken(each) for each in unproven]).rstrip("\n"))
        return NO
    left = [f"{gap.path}: {gap.what} ({gap.who})" for gap in rendering.plan.gaps]
    for each in left:
        say(visible(f"not carried out by these manifests: {each}"))
    warnings: list[dict[str, object]] = [{"message": visible(each), "severity": "warning"} for each in left]
    result(given.written(items, [*warnings, _for_hosts(rendering)]).rstrip("\n"))
    return YES


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError("<stdin>: this is not text in UTF-8") from error


def _rendering(config: dict[str, Any]) -> Rendering:
    from hardener.cli.work import rendering

    return rendering(_source(config), Path())


def _source(config: dict[str, Any]) -> Source:
    """The profile that the function is told. Raises HardenerError."""
    from hardener.source import load, parse

    kind, data = config.get("kind"), config.get("data")
    if kind == "ConfigMap" and isinstance(data, dict) and isinstance(data.get("profile"), str) and data["profile"]:
        return load(data["profile"], lenient=True)
    if kind != "HardeningProfile":
        raise UsageError("functionConfig is neither a HardeningProfile nor a ConfigMap with data.profile")
    # What is for the orchestrator is no part of the profile.
    if isinstance(metadata := config.get("metadata"), dict):
        config = config | {"metadata": {key: value for key, value in metadata.items() if key != "annotations"}}
    source = parse(json.dumps(config, indent=2, ensure_ascii=False), "functionConfig", lenient=True)
    if "extends" in config:
        what = "a profile that comes in a list has no folder to look for files in"
        raise ProfileError([source.problem(("extends",), what, help=_INSTEAD, at_key=True)])
    return source


def _unproven(rendering: Rendering) -> tuple[Finding, ...]:
    """What a proof finds wrong, shown to a person as well."""
    from hardener.cli.evidence import of_rendering

    known = of_rendering(rendering)
    if found := known.findings():
        from hardener.cli.findings import show

        say(show(found, known))
    return found


def _with_manifests(given: ResourceList, rendering: Rendering) -> tuple[Item, ...]:
    """The objects that came in, and the profile's, in the order in which an API server takes them.

    What an earlier run of this function left in a package is replaced: it stands in the folder of the profile's name.
    """
    from hardener.cli.resource_list import clashes, rendered
    from hardener.source.manifests import Reader

    below = f"{rendering.profile.metadata.name}/{_MANIFESTS}"
    others = tuple(each for each in given.items if not each.path.startswith(below))
    texts = {each.path: each.text for each in rendering.artifacts}
    reader = Reader()
    ours = tuple(
        item
        for path in _in_order(texts)
        for item in rendered(reader.parts(texts[_MANIFESTS + path], path), below + path)
    )
    if twice := clashes(others, ours):
        raise UsageError(f"the list holds already what the profile renders to: {', '.join(twice)}")
    return (*others, *ours)


def _in_order(texts: dict[str, str]) -> list[str]:
    """The manifests, below their folder, as their own kustomization lists them."""
    from hardener.source import load_data

    path = f"{_MANIFESTS}kustomization.yaml"
    listed: list[str] = load_data(texts[path], path)["resources"]
    return listed


def _refusals(error: HardenerError, config: dict[str, Any]) -> list[dict[str, object]]:
    if isinstance(error, ProfileError):
        return [_refusal(each, config) for each in error.problems]
    return [{"message": visible(str(error)), "severity": "error"}]


def _refusal(problem: Problem, config: dict[str, Any]) -> dict[str, object]:
    rule = f" [{problem.rule}]" if problem.rule else ""
    way_out = f"; {problem.help}" if problem.help else ""
    told: dict[str, object] = {
        "message": visible(f"{problem.where}: {problem.what}{rule}{way_out}"),
        "severity": "error",
        "field": {"path": visible(problem.where)},
    }
    if config.get("kind") == "ConfigMap":
        return {**told, "file": {"path": visible(problem.file)}}
    return told


def _broken(finding: Finding) -> dict[str, object]:
    told: dict[str, object] = {
        "message": visible(f"{finding.word}: {finding.object}: {finding.message}"),
        "severity": "error",
        "file": {"path": visible(finding.file)},
    }
    return {**told, "field": {"path": visible(".".join(map(str, finding.at)))}} if finding.at else told


def _for_hosts(rendering: Rendering) -> dict[str, object]:
    count = sum(each.path.startswith(("control-plane/", "nodes/")) for each in rendering.artifacts)
    what = f"{count} files for hosts are not in this list: hardener render writes control-plane/ and nodes/"
    return {"message": visible(f"{rendering.profile.metadata.name}: {what}"), "severity": "info"}
