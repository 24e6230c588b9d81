"""How people and machines prove who they are: by a file from 1.30 on, by flags before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import api_version, distribution, minor
from hardener.catalog.identities import own_names, own_prefixes
from hardener.expand import cel
from hardener.expand.flags import Choice, Choices, on_host
from hardener.plan.gap import Gap
from hardener.plan.settings import ISSUERS_AUTHORITY, Authentication, ClaimRule, Issuer, UserRule
from hardener.profile import Profile
from hardener.profile.authentication import Oidc

# AuthenticationConfiguration is read without a feature gate from 1.30, its `anonymous` from 1.32.
FILE_SINCE: Final = 30
PATHS_SINCE: Final = 32
HEALTH: Final = ("/healthz", "/livez", "/readyz")
_SOURCE: Final = "controlPlane.authentication"


def authentication(profile: Profile) -> Authentication | None:
    """AuthenticationConfiguration, where there is anything to say in it."""
    at = minor(profile.cluster.kubernetes)
    asked = profile.control_plane.authentication
    limits_anonymous = asked.anonymous == "health" and at >= PATHS_SINCE
    if at < FILE_SINCE or not (asked.oidc or limits_anonymous):
        return None
    return Authentication(
        api_version=api_version("AuthenticationConfiguration", at),
        anonymous_paths=HEALTH if limits_anonymous else (),
        issuers=tuple(sorted(map(_issuer, asked.oidc), key=lambda issuer: issuer.url)),
        user_rules=_nobody_of_the_clusters_own(profile.cluster.distribution),
    )


def issuers_authority(profile: Profile) -> str:
    """The certificates, in PEM, that vouch for the one issuer that flags name; empty where none are needed."""
    oidc = profile.control_plane.authentication.oidc
    by_flags = oidc and minor(profile.cluster.kubernetes) < FILE_SINCE
    return oidc[0].certificate_authority or "" if by_flags else ""


def choices(profile: Profile) -> Choices:
    """The API server's flags for authentication."""
    asked = profile.control_plane.authentication
    tokens = "true" if asked.bootstrap_tokens else "false"
    chosen = {"enable-bootstrap-token-auth": Choice(tokens, f"{_SOURCE}.bootstrapTokens")}
    if authentication(profile) is not None:
        chosen["authentication-config"] = Choice(on_host("authentication-configuration.yaml"), _SOURCE)
    elif asked.oidc:
        chosen |= _oidc_flags(asked.oidc[0])
    if _anonymous_off(profile):
        chosen["anonymous-auth"] = Choice("false", f"{_SOURCE}.anonymous")
    if asked.proxy is not None:
        # Without the aggregation layer's own name, metrics and other aggregated APIs get no requests.
        own = distribution(profile.cluster.distribution).aggregator
        names = ",".join(sorted({own, *asked.proxy.names}))
        chosen["requestheader-allowed-names"] = Choice(names, f"{_SOURCE}.proxy.names")
    if asked.webhook is not None:
        chosen |= {
            "authentication-token-webhook-config-file": Choice(
                on_host("authentication-webhook.yaml"), f"{_SOURCE}.webhook"
            ),
            "authentication-token-webhook-version": Choice("v1", f"{_SOURCE}.webhook"),
            "authentication-token-webhook-cache-ttl": Choice(asked.webhook.cache, f"{_SOURCE}.webhook.cache"),
        }
    return chosen


def gaps(profile: Profile) -> Iterator[Gap]:
    """Before 1.32 anonymous requests cannot be limited to paths where the installer's probes need some of them."""
    if minor(profile.cluster.kubernetes) < PATHS_SINCE and not _anonymous_off(profile):
        yield Gap(
            path=f"{_SOURCE}.anonymous",
            what="before Kubernetes 1.32 anonymous requests cannot be limited to paths, and the installer's probes are "
            "anonymous: they stay on, and RBAC alone leaves them nothing but /healthz, /livez, /readyz, /version and, "
            "as kubeadm grants it, the ConfigMap cluster-info in kube-public, with the cluster's address and CA",
            who="administrator",
        )


def _anonymous_off(profile: Profile) -> bool:
    """Are requests without a name refused by the flag? Also before 1.32, where no probe needs them."""
    if profile.control_plane.authentication.anonymous == "health":
        probes = distribution(profile.cluster.distribution).anonymous_probes
        return minor(profile.cluster.kubernetes) < PATHS_SINCE and not probes
    return True


def _issuer(oidc: Oidc) -> Issuer:
    return Issuer(
        url=oidc.issuer,
        certificate_authority=oidc.certificate_authority or "",
        audiences=tuple(sorted(set(oidc.audiences))),
        username_claim=oidc.username_claim,
        username_prefix=oidc.username_prefix or "",
        groups_claim=oidc.groups_claim or "",
        groups_prefix=oidc.groups_prefix or "",
        required_claims=tuple(
            ClaimRule(claim=claim, required_value=value) for claim, value in sorted(oidc.required_claims.items())
        ),
    )


def _nobody_of_the_clusters_own(installer: str) -> tuple[UserRule, ...]:
    """A token names neither a user nor a group that holds something in the cluster already."""
    return (
        UserRule(expression=f"!({_own('user.username', installer)})", message="this user is one of the cluster's own"),
        UserRule(
            expression=f"user.groups.all(group, !({_own('group', installer)}))",
            message="one of these groups is one of the cluster's own",
        ),
    )


def _own(name: str, installer: str) -> str:
    """Is what the CEL expression `name` gives one of the cluster's own names? In CEL as well.

    >>> print(_own("group", "eks"))
    group.startsWith('system:') || group.startsWith('hardener:') || group.startsWith('eks:')
    """
    own = [f"{name}.startsWith({cel.text(prefix)})" for prefix in own_prefixes(installer)]
    if names := own_names(installer):
        own.append(f"{name} in {cel.texts(names)}")
    return " || ".join(own)


def _oidc_flags(oidc: Oidc) -> Choices:
    """One issuer as flags. A rule has seen to it that there is but one, with one audience and with prefixes."""
    asked = {
        "oidc-issuer-url": oidc.issuer,
        "oidc-ca-file": on_host(ISSUERS_AUTHORITY) if oidc.certificate_authority else None,
        "oidc-client-id": oidc.audiences[0],
        "oidc-username-claim": oidc.username_claim,
        "oidc-username-prefix": oidc.username_prefix,
        "oidc-groups-claim": oidc.groups_claim,
        "oidc-groups-prefix": oidc.groups_prefix,
        "oidc-required-claim": ",".join(f"{claim}={value}" for claim, value in sorted(oidc.required_claims.items())),
    }
    return {flag: Choice(value, f"{_SOURCE}.oidc.0") for flag, value in asked.items() if value}
