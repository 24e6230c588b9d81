"""Which releases of other people's work judge us. No other file names one, but for the generated go/*.mod."""

import os

NEWEST = "1.37.1"
LAST_WITH_POD_SECURITY_POLICY = "1.24.17"
BETWEEN = ("1.30.14", "1.36.3")
"""The first release with ValidatingAdmissionPolicy as a stable API, and the one before the newest."""

ALL = (NEWEST, LAST_WITH_POD_SECURITY_POLICY, *BETWEEN)
KUBERNETES = ALL if os.environ.get("HARDENER_RELEASES") == "all" else ALL[:2]
"""The releases of this run: two, unless the environment asks for all, as `make test-all` does."""

SCHEMAS = tuple(f"1.{minor}" for minor in range(25, 38))
"""The minors whose schemas kubernetes-validate ships."""

KUBECONFORM = "v0.8.0"

HELM = "v3.22.0"
KUSTOMIZE = "v5.7.1"

# Where the runtime keeps what RuntimeDefault is, and the specification its schema of such profiles.
CONTAINERD = "v2.4.2"
CONTAINERD_SUM = "h1:p6Qg+xbEz8lvwdhHDx0U469xENvp4LgGBx+E7djXkGw="
RUNTIME_SPEC = "v1.3.0"
RUNTIME_SPEC_SUM = "h1:YZupQUdctfhpZy3TM39nN9Ika5CBWT5diQ8ibYCRkxg="
CILIUM = "v1.18.4"
CILIUM_SUM = "h1:/HrbeMmk46UDkJs4uJemIqxB7wuZ+QRMNVscNYua5C8="
"""What the Go tool calls the checksum of that module, as in go.sum."""

GATEWAY_API = "v1.6.3"
GATEWAY_API_SUM = "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc="
"""What the Go tool calls the checksum of that module."""

VERIFIERS = (
    (
        "github.com/kyverno/kyverno",
        "v1.19.1",
        "h1:/MkgFii3/VlQfKR1JpC9tVwNNVNQTt2S4U6qCsafsTU=",
        "config/crds/policies.kyverno.io",
    ),
    (
        "github.com/sigstore/policy-controller",
        "v0.13.1",
        "h1:Woy+6bQ7pT/0m3/PSO2RtDxSHKBZ/8iHpCZFcZJThM8=",
        "config",
    ),
)
"""Go modules that hold the definitions of what verifies images: module, version, checksum, folder."""

GITOPS = (
    ("github.com/argoproj/argo-cd/v3", "v3.4.3", "h1:JiVWV6WfA0SlLhN+9ppMMutKDBEnf283YLmZEQq1ivc=", "manifests/crds"),
    (
        "github.com/fluxcd/kustomize-controller",
        "v1.9.5",
        "h1:/XY2zy3K7fntyppEXIHG7oRMzmfgIt50eJzUfaPX1Kc=",
        "config/crd/bases",
    ),
    (
        "github.com/fluxcd/source-controller",
        "v1.8.5",
        "h1:3zKSTGc2FPoZcQ5BjnyOrwdHDWeYqst3uAoZ+c0DG3c=",
        "config/crd/bases",
    ),
)
"""Who delivers: module, version, checksum, and the folder of its definitions."""


def judging(kubernetes: str) -> str:
    """The release of this run that judges a profile which is written for the minor `kubernetes`.

    That minor's own release, else the next newer one of the run: hardener renders only APIs that are stable, and
    those that an old release serves alone are PodSecurityPolicy's, served for the last time in 1.24.

    >>> judging("1.24"), judging("1.37"), judging("1.34") in ("1.36.3", "1.37.1")
    ('1.24.17', '1.37.1', True)
    """
    return min((release for release in KUBERNETES if _order(minor(release)) >= _order(kubernetes)), key=_order)


def minor(release: str) -> str:
    """The minor of a release, as a profile writes it.

    >>> minor("1.37.1")
    '1.37'
    """
    return release.rpartition(".")[0]


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
