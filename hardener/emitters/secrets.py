"""The encryption of what etcd stores, the script that makes and rotates its keys, etcd's flags and its firewall."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.emitters.settings import flag_file
from hardener.plan import Plan
from hardener.plan.secrets import Firewall
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing where somebody else sets etcd up; what etcd itself needs, where the installer encrypts by itself."""
    secrets = plan.secrets
    if secrets is None:
        return
    measures, sources = ("secrets.encryption",), ("controlPlane.encryption",)
    yield flag_file("control-plane/etcd.flags", secrets.etcd)
    if secrets.firewall is not None:
        yield _etcd_firewall(plan.profile, secrets.firewall)
    if secrets.by_installer:
        return
    yield Artifact(
        path="control-plane/encryption-configuration.yaml",
        measures=measures,
        sources=sources,
        text=fill("secrets.yaml.j2", profile=plan.profile, secrets=secrets),
    )
    # Also for a key management service: the script changes from and to one.
    yield Artifact(
        path="control-plane/encryption-keys.sh",
        measures=measures,
        sources=sources,
        executable=True,
        text=fill("secrets-keys.sh.j2", profile=plan.profile, secrets=secrets),
    )


def _etcd_firewall(profile: str, firewall: Firewall) -> Artifact:
    """nftables' own notation. What may stand in the lines of addresses is bounded by the profile's types."""
    return Artifact(
        path="control-plane/etcd.nft",
        measures=("secrets.etcd-firewall",),
        sources=("cluster.networks.controlPlane",),
        text=fill("secrets-etcd.nft.j2", profile=profile)
        + "".join(f"add element inet hardener-etcd control-plane-ipv4 {{ {each} }}\n" for each in firewall.ipv4)
        + "".join(f"add element inet hardener-etcd control-plane-ipv6 {{ {each} }}\n" for each in firewall.ipv6),
    )
