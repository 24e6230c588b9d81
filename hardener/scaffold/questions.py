"""What `hardener new` asks, in order: each question with why it is asked, what is taken if nobody answers, and what an
answer may be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

from msgspec import Struct

from hardener.catalog import supported
from hardener.catalog.cni import cni, cni_names
from hardener.scaffold import words

Answers = Mapping[str, Any]
# What a distribution brings or is usually given, for those who do not say otherwise: its plugin, and its ranges.
_KUBEADM: Final = ("calico", "10.244.0.0/16", "10.96.0.0/12", "192.168.10.0/24", "192.168.10.0/29")
_PROVIDER: Final = ("calico", "10.64.0.0/16", "172.20.0.0/16", "10.32.0.0/16", "10.32.240.0/24")
_USUAL: Final = {
    "kubeadm": _KUBEADM,
    "k3s": ("kube-router", "10.42.0.0/16", "10.43.0.0/16", *_KUBEADM[3:]),
    "rke2": ("canal", "10.42.0.0/16", "10.43.0.0/16", *_KUBEADM[3:]),
    "eks": _PROVIDER,
    "gke": _PROVIDER,
    "aks": _PROVIDER,
}


class Question(Struct, frozen=True, kw_only=True):
    """One question. `default` and `applies` may look at the answers before; `check` gives the answer as it is used."""

    name: str
    metavar: str
    text: str
    why: str
    default: Callable[[Answers], str]
    choices: Callable[[], tuple[str, ...]] = tuple
    check: Callable[[str], Any] = str
    applies: Callable[[Answers], bool] = lambda _: True

    def answer(self, text: str) -> Any:
        """The answer as it is used. Raises ValueError with what is wrong with it."""
        choices = self.choices()
        if choices and text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return self.check(text)


def _usual(index: int) -> Callable[[Answers], str]:
    return lambda answers: _USUAL[answers["distribution"]][index]


def _always(text: str) -> Callable[[Answers], str]:
    return lambda _: text


def _plugins() -> tuple[str, ...]:
    return tuple(name for name in cni_names() if (facts := cni(name)) and facts.enforces)


QUESTIONS: Final = (
    Question(
        name="name",
        metavar="NAME",
        text="What is the cluster called?",
        why="It names the profile, profiles/NAME.yaml, and what is rendered from it, output/NAME.",
        default=_always("cluster"),
        check=words.name,
    ),
    Question(
        name="kubernetes",
        metavar="VERSION",
        text="Which Kubernetes does it run?",
        why="Each release knows other flags, fields and means; what one has no means for is listed as a gap.",
        default=lambda _: supported()[-1],
        choices=supported,
    ),
    Question(
        name="distribution",
        metavar="kubeadm|k3s|rke2|eks|gke|aks",
        text="What installs and runs its control plane?",
        why="It decides where settings go; on eks, gke and aks the provider keeps most of them.",
        default=_always("kubeadm"),
        choices=lambda: tuple(_USUAL),
    ),
    Question(
        name="cni",
        metavar="PLUGIN",
        text="Which network plugin?",
        why="It enforces the network policies. One that enforces none, such as plain flannel, cannot be hardened.",
        default=_usual(0),
        choices=_plugins,
    ),
    Question(
        name="pods",
        metavar="RANGES",
        text="Which addresses do pods get?",
        why="Ranges with commas between them. What lies outside of the cluster's own ranges counts as outside.",
        default=_usual(1),
        check=words.networks,
    ),
    Question(
        name="services",
        metavar="RANGES",
        text="Which addresses do services get?",
        why="No two kinds of address may overlap, but for the control plane's and the nodes'.",
        default=_usual(2),
        check=words.networks,
    ),
    Question(
        name="nodes",
        metavar="RANGES",
        text="Which addresses do nodes have?",
        why="A pod reaches a node only where a flow says so.",
        default=_usual(3),
        check=words.networks,
    ),
    Question(
        name="control_plane",
        metavar="RANGES",
        text="And those of the control plane?",
        why="etcd is closed to everything else; they may lie within the nodes'.",
        default=_usual(4),
        check=words.networks,
    ),
    Question(
        name="tenant",
        metavar="NAME",
        text="What is the first tenant called?",
        why="A tenant is a team with its namespaces; others are added in the profile.",
        default=_always("team"),
        check=words.label,
    ),
    Question(
        name="namespaces",
        metavar="NAMES",
        text="Which namespaces does it have?",
        why="Names with commas between them. The first may call the second on port 8443, as an example.",
        default=_always("web,api"),
        check=words.labels,
    ),
    Question(
        name="admins",
        metavar="GROUP",
        text="Which group looks after them?",
        why="As your login tells the API server. They get the role admin: everything in there but the guard rails.",
        default=lambda answers: f"{answers['tenant']}-admins",
        check=words.subject,
    ),
    Question(
        name="registry",
        metavar="PREFIX",
        text="Which registry may images come from?",
        why="registry.example.com/team/: any other image is refused, from Kubernetes 1.30 on. Nothing: any will do.",
        default=_always(""),
        check=words.registry,
    ),
    Question(
        name="delivery",
        metavar="argocd|flux|none",
        text="Who applies what is merged?",
        why="It gets a service account of its own that may write what is rendered, and nothing else.",
        default=_always("argocd"),
        choices=lambda: ("argocd", "flux", "none"),
    ),
    Question(
        name="repository",
        metavar="URL",
        text="Where will this repository be?",
        why="From there it is fetched: https://HOST/PATH or ssh://git@HOST/PATH.",
        default=lambda answers: f"https://git.example.com/platform/{answers['name']}.git",
        check=words.repository,
        applies=lambda answers: answers["delivery"] != "none",
    ),
    Question(
        name="branch",
        metavar="BRANCH",
        text="Which branch is applied?",
        why="Changes are compared with it, and it is the one to protect.",
        default=_always("main"),
        check=words.branch,
    ),
    Question(
        name="ci",
        metavar="github|gitlab|both|none",
        text="Whose CI checks a change?",
        why="It runs ci/check.sh, and writes who gains and loses what as one comment.",
        default=_always("github"),
        choices=lambda: ("github", "gitlab", "both", "none"),
    ),
    Question(
        name="install",
        metavar="REQUIREMENT",
        text="What does pip install in CI?",
        why="The release that rendered this, unless your index has hardener under another name or address.",
        default=lambda _: f"hardener=={version('hardener')}",
        check=words.requirement,
        applies=lambda answers: answers["ci"] != "none",
    ),
)
