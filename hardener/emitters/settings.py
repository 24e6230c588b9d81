"""The control plane's flag files, the configuration files that they name, and the installer's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.plan.secrets import Secrets
from hardener.plan.settings import ISSUERS_AUTHORITY, Authentication, Flag, Settings
from hardener.templating import fill

_SERVERS: Final = {"k3s": "settings-k3s.yaml.j2", "rke2": "settings-rke2.yaml.j2"}


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing where somebody else sets the control plane up."""
    if plan.settings is None or plan.secrets is None:
        return
    settings = plan.settings
    yield flag_file("control-plane/kube-apiserver.flags", settings.api_server)
    yield flag_file("control-plane/kube-controller-manager.flags", settings.controller_manager)
    yield flag_file("control-plane/kube-scheduler.flags", settings.scheduler)
    yield from _configurations(plan.profile, settings)
    yield from _connections(plan.profile, settings)
    yield from _installer(plan, settings, plan.secrets)


def _installer(plan: Plan, settings: Settings, secrets: Secrets) -> Iterator[Artifact]:
    """The same settings once more, as the installer takes them."""
    measures = _measures((*settings.api_server, *settings.controller_manager, *settings.scheduler, *secrets.etcd))
    if settings.kubeadm is not None:
        yield Artifact(
            path="control-plane/kubeadm.yaml",
            measures=measures,
            sources=("controlPlane",),
            text=fill(
                "settings-kubeadm.yaml.j2",
                profile=plan.profile,
                plan=plan,
                settings=settings,
                kubeadm=settings.kubeadm,
                etcd=secrets.etcd,
                kubelet=plan.nodes.kubelet,
            ),
        )
    if settings.server is not None:
        installer = settings.server.installer
        yield Artifact(
            path=f"control-plane/{installer}.yaml",
            measures=tuple(sorted({*measures, "secrets.encryption"})),
            sources=("controlPlane",),
            text=fill(_SERVERS[installer], profile=plan.profile, plan=plan, server=settings.server),
        )


def flag_file(path: str, flags: tuple[Flag, ...]) -> Artifact:
    """One flag a line, as a program takes them. The format knows no comments and no quotes."""
    return Artifact(
        path=path,
        text="".join(f"--{flag.name}={flag.value}\n" for flag in flags),
        measures=_measures(flags),
        sources=tuple(sorted({flag.source for flag in flags if flag.source})),
    )


def _configurations(profile: str, settings: Settings) -> Iterator[Artifact]:
    yield Artifact(
        path="control-plane/admission-configuration.yaml",
        measures=("admission.event-rate-limit", "admission.pod-security"),
        sources=("controlPlane.admission",),
        text=fill("settings-admission.yaml.j2", profile=profile, admission=settings.admission),
    )
    if settings.authentication is not None:
        yield Artifact(
            path="control-plane/authentication-configuration.yaml",
            measures=_proving(settings.authentication),
            sources=("controlPlane.authentication",),
            text=fill("settings-authentication.yaml.j2", profile=profile, authentication=settings.authentication),
        )
    if settings.issuers_authority:
        yield Artifact(
            path=f"control-plane/{ISSUERS_AUTHORITY}",
            measures=("api-server.oidc",),
            sources=("controlPlane.authentication.oidc.0.certificateAuthority",),
            text=settings.issuers_authority.rstrip("\n") + "\n",
        )
    if settings.authorization is not None:
        yield Artifact(
            path="control-plane/authorization-configuration.yaml",
            measures=("api-server.authorization", "api-server.authorization-webhook"),
            sources=("controlPlane.authorization",),
            text=fill("settings-authorization.yaml.j2", profile=profile, authorization=settings.authorization),
        )


def _proving(authentication: Authentication) -> tuple[str, ...]:
    """What the file carries out: it speaks of requests without a name, of issuers, or of both."""
    anonymous = ("api-server.anonymous",) if authentication.anonymous_paths else ()
    return anonymous + (("api-server.oidc",) if authentication.issuers else ())


def _connections(profile: str, settings: Settings) -> Iterator[Artifact]:
    for connection in settings.connections:
        yield Artifact(
            path=f"control-plane/{connection.file}",
            measures=(connection.measure,),
            sources=(connection.source,),
            text=fill("settings-webhook.yaml.j2", profile=profile, connection=connection),
        )


def _measures(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    return tuple(sorted({measure for flag in flags for measure in flag.measures}))
