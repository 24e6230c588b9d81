"""The template, filled by cookiecutter from the answers.

Of cookiecutter only what fills a template is used: no hook runs, nobody's configuration is read, nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Final

from hardener.catalog.roles import delivery as delivered
from hardener.scaffold.questions import Answers
from hardener.templating import scalar
from hardener.verify.kinds import JUDGED

_TEMPLATE: Final = Path(__file__).parent / "template"
# What of the template belongs to an answer, and is left out with any other. `both` of the CI keeps all of it.
_ONLY_WITH: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "delivery": {"argocd": ("delivery/argocd",), "flux": ("delivery/flux",)},
    "ci": {"github": (".github",), "gitlab": (".gitlab-ci.yml", "ci/comment-gitlab.sh")},
}
_SERVICE_ACCOUNTS: Final = {"argocd": "argocd", "flux": "flux-system"}
# What gives rights comes last. What closes a namespace stays as long as the namespace does, by kind and name.
_BINDINGS: Final = ("RoleBinding", "ClusterRoleBinding")
_LOCKS: Final = (
    {"kind": "NetworkPolicy", "name": "default-deny"},
    {"kind": "ResourceQuota", "name": "hardener"},
    {"kind": "LimitRange", "name": "hardener"},
    {"kind": "ServiceAccount", "name": "default"},
)


def fill(answers: Answers, folder: Path) -> None:
    """Write the repository into `folder`, which is not there yet; all but what is rendered from its profile."""
    from cookiecutter.generate import generate_files  # type: ignore[import-untyped]

    told = _told(answers) | {"folder": folder.name}
    settings = {"trim_blocks": True, "lstrip_blocks": True}
    context = {"cookiecutter": told | {"_jinja2_env_vars": settings}}
    generate_files(_TEMPLATE, context=context, output_dir=folder.parent, accept_hooks=False)
    _leave_out(answers, folder)
    _finish(folder)


def _told(answers: Answers) -> dict[str, Any]:
    """What the template knows: the answers, each once more as a YAML value, and what follows from them."""
    account = f"hardener-{answers['name']}"
    namespace = _SERVICE_ACCOUNTS.get(answers["delivery"], "")
    kinds = _kinds(answers)
    return {
        **answers,
        "yaml": {name: scalar(answer) for name, answer in answers.items()},
        "about": scalar(f"What hardener renders for the cluster {answers['name']}"),
        "account": account,
        "deliverer": scalar(f"{namespace}/{account}") if namespace else "",
        "listed": [scalar(namespace) for namespace in answers["namespaces"]],
        "covered": [scalar(namespace) for namespace in sorted({*answers["namespaces"], "kube-system"})],
        "kinds": kinds,
        "rails": [each["kind"] for each in kinds if each["kind"] not in ("Namespace", *_BINDINGS)],
        "locks": _LOCKS,
    }


def _kinds(answers: Answers) -> list[dict[str, Any]]:
    """Every kind of object that an output for this version and plugin may hold, with its API group."""
    (rule,) = delivered(answers["kubernetes"], answers["cni"])
    kinds = {_plural(kind): kind for kind in JUDGED}
    found = []
    for resource in rule.resources:
        plural, _, group = resource.partition(".")
        kind = kinds[plural]
        found.append({"kind": kind, "group": scalar(group), "namespaced": JUDGED[kind].namespaced})
    return found


def _plural(kind: str) -> str:
    """The name of a kind's resource.

    >>> _plural("NetworkPolicy"), _plural("ResourceQuota")
    ('networkpolicies', 'resourcequotas')
    """
    return f"{kind[:-1]}ies".lower() if kind.endswith("y") else f"{kind}s".lower()


def _leave_out(answers: Answers, folder: Path) -> None:
    for question, parts in _ONLY_WITH.items():
        for answer, paths in parts.items():
            if answers[question] not in (answer, "both"):
                for path in paths:
                    _remove(folder / path)
    if answers["delivery"] == "none":
        _remove(folder / "delivery")
    if answers["ci"] == "none":
        _remove(folder / "ci/install-kubeconform.sh")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _finish(folder: Path) -> None:
    """Give every file the permissions that it has in a repository, whoever installed hardener, and however."""
    mask = os.umask(0o077)
    os.umask(mask)
    for path in (folder, *folder.rglob("*")):
        executable = path.is_dir() or path.suffix == ".sh"
        path.chmod((0o777 if executable else 0o666) & ~mask)
