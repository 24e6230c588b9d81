"""The control plane's files: one host after the other, so that an API server answers at any time."""

from __future__ import annotations

from typing import Final

from hardener.compare.steps import Step
from hardener.compare.steps.encryption import encryption
from hardener.compare.steps.restarts import COPY, READY, every_server, take
from hardener.compare.steps.rollout import Rollout

_FOLDER: Final = "control-plane/"


def control_plane(rollout: Rollout) -> None:
    """Who is believed, what is encrypted, what serves, and all the rest; nothing where a provider runs it."""
    if rollout.profiles[1].control_plane.encryption.provider != "kms":
        encryption(rollout)
    issuers(rollout)
    _serving(rollout)
    _firewall(rollout)
    settings(rollout)
    encryption(rollout)


def settings(rollout: Rollout) -> None:
    """Flags, configurations and the audit policy."""
    profile = rollout.profiles[1]
    files = tuple(each for each in rollout.host_files(_FOLDER) if not each.startswith(f"{_FOLDER}encryption-"))
    if not files:
        return
    webhook = any(each.endswith("audit-webhook.yaml") for each in files)
    rollout.step(
        Step(
            title="Bring the control plane up to date, one host after the other",
            why="While one API server restarts, the others answer. A host that does not come back is taken back to its "
            "old files before the next is touched. Kubelets follow, since they must never be ahead of an API server.",
            do=("on the host, as root, from the folder of the new output:", COPY, *take(profile), READY),
            look=(
                "$ kubectl get pods -n kube-system -o wide",
                *(["the audit webhook's own side gets records of this host"] if webhook else []),
                "the audit log of the host grows: $ tail -f /var/log/kubernetes/audit/audit.log",
            ),
            files=files,
            at=(("controlPlane",),),
        )
    )


def issuers(rollout: Rollout) -> None:
    """An issuer that goes is believed until everybody has tokens of the one that comes, where there may be two."""
    old, new = ([each.issuer for each in side.control_plane.authentication.oidc] for side in rollout.profiles)
    go, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if not (go and come and rollout.host_files(_FOLDER)):
        return
    at = (("controlPlane", "authentication", "oidc"),)
    if "control-plane/authentication-configuration.yaml" in rollout.sides.old.files:
        do = (
            f"render the profile with both issuers under controlPlane.authentication.oidc ({', '.join([*go, *come])}), "
            "and bring that to each host first:",
            COPY,
            *every_server(rollout.profiles[1]),
        )
        why = "A token of an issuer that is not believed is nobody's: with one alone, everybody is out at once."
    else:
        do = ("keep a client certificate of an administrator at hand (the installer's kubeconfig)",)
        why = "Before 1.30 the API server believes one issuer alone: with the next step everybody logs in anew."
    look = ("$ kubectl auth whoami, by a token of the new issuer",)
    title = "Believe the new issuer beside the old one" if len(do) > 1 else "Prepare for the change of the issuer"
    rollout.step(Step(title=title, why=why, do=do, look=look, at=at), by_hand=True)


def _serving(rollout: Rollout) -> None:
    files = rollout.host_files(f"{_FOLDER}approve-serving-certificates")
    rollout.step(
        Step(
            title="Bring up to date what approves the certificates of kubelets",
            why="A node whose certificate nobody approves has no logs and no exec.",
            do=(
                "as an administrator, on each control-plane host where it is installed:",
                "$ kubectl apply -f control-plane/approve-serving-certificates.yaml",
                "$ install -m 600 control-plane/approve-serving-certificates.sh /etc/kubernetes/hardener/",
                "$ install -m 644 control-plane/approve-serving-certificates.service "
                "control-plane/approve-serving-certificates.timer /etc/systemd/system/",
                "$ systemctl daemon-reload && systemctl restart approve-serving-certificates.timer",
            ),
            look=("$ kubectl get csr",),
            files=files,
            at=(("controlPlane",),),
        )
    )


def _firewall(rollout: Rollout) -> None:
    files = rollout.host_files(f"{_FOLDER}etcd.nft")
    rollout.step(
        Step(
            title="Load the firewall of etcd, one control-plane host after the other",
            why="A member that the others cannot reach costs the quorum: the next host waits until this one is "
            "healthy.",
            do=(
                "$ install -D -m 600 control-plane/etcd.nft /etc/nftables.d/hardener-etcd.nft",
                "$ nft -f /etc/nftables.d/hardener-etcd.nft",
            ),
            look=("$ kubectl get --raw /readyz/etcd",),
            files=files,
            at=(("cluster", "networks"),),
        )
    )
