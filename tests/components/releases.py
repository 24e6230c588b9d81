"""Which releases of other people's work judge us. No other file names one, but for the generated go/*.mod."""

NEWEST = "1.36.3"
LAST_WITH_POD_SECURITY_POLICY = "1.24.17"
KUBERNETES = (NEWEST, LAST_WITH_POD_SECURITY_POLICY)

SCHEMAS = tuple(f"1.{minor}" for minor in range(25, 38))
"""The minors whose schemas kubernetes-validate ships."""

KUBECONFORM = "v0.8.0"

HELM = "v3.22.0"
KUSTOMIZE = "v5.7.1"

CILIUM = "v1.18.4"
CILIUM_SUM = "h1:/HrbeMmk46UDkJs4uJemIqxB7wuZ+QRMNVscNYua5C8="
"""What the Go tool calls the checksum of that module, as in go.sum."""


def judging(kubernetes: str) -> str:
    """The release whose API server judges a profile that is written for the minor `kubernetes`.

    PodSecurityPolicy was served for the last time in 1.24; everything rendered for later minors is taken by
    the newest server as well, because hardener renders only APIs that are stable.

    >>> judging("1.24"), judging("1.34")
    ('1.24.17', '1.36.3')
    """
    return LAST_WITH_POD_SECURITY_POLICY if kubernetes == minor(LAST_WITH_POD_SECURITY_POLICY) else NEWEST


def minor(release: str) -> str:
    """The minor of a release, as a profile writes it.

    >>> minor("1.36.3")
    '1.36'
    """
    return release.rpartition(".")[0]
