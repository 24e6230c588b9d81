"""For each pool: the kubelet's configuration and flags, labels for an administrator to set, and its hosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.artifact import Artifact, rendered_from
from hardener.emitters.settings import flag_file
from hardener.plan import Plan
from hardener.plan.nodes import Firewall, Nodes, Pool
from hardener.templating import fill

_SYSCTLS: Final = (
    "Install it as /etc/sysctl.d/99-hardener.conf, and run sysctl --system before the kubelet starts.\n"
    "# sysctl --dry-run --load=sysctl.conf says what that sets, and sets nothing."
)
_BY_PROVIDER: Final = "What of it the provider of the nodes takes, and by what means, render says under pools."
_PROTOCOLS: Final = {"tcp": "tcp", "udp": "udp", "sctp": "sctp", "every": "meta l4proto { tcp, udp, sctp } th"}
_MODULES: Final = (
    "Install it as /etc/modprobe.d/hardener.conf. A module that is loaded already stays until the host restarts.\n"
    "# From then on modprobe --dry-run --verbose NAME says what loading NAME would do, and loads nothing."
)


def emit(plan: Plan) -> Iterator[Artifact]:
    """One folder for each pool, the untainted one and the control plane's among them."""
    for pool in plan.nodes.pools:
        yield from _pool(plan.profile, pool, plan.nodes)
        if plan.nodes.installer:
            yield _passed_on(plan.profile, pool, plan.nodes.installer)
    yield Artifact(
        path="nodes/label-nodes.sh",
        measures=("nodes.labels",),
        executable=True,
        text=fill("nodes-label.sh.j2", profile=plan.profile),
    )
    if plan.nodes.placement.refusing:
        yield Artifact(
            path="manifests/cluster/nodes.yaml",
            measures=("nodes.placement",),
            text=fill("nodes-placement.yaml.j2", profile=plan.profile, placement=plan.nodes.placement),
        )


def _pool(profile: str, pool: Pool, nodes: Nodes) -> Iterator[Artifact]:
    folder, sources = f"nodes/{pool.name}", (pool.path,) if pool.path else ()
    yield Artifact(
        path=f"{folder}/kubelet.yaml",
        measures=pool.kubelet.measures + (("nodes.taints",) if pool.taints else ()),
        sources=sources,
        text=_kubelet(profile, pool, nodes),
    )
    if pool.flags:
        yield flag_file(f"{folder}/kubelet.flags", pool.flags)
    yield Artifact(
        path=f"{folder}/node.labels",
        measures=("nodes.labels",),
        sources=sources,
        text="".join(f"{label.name}={label.value}\n" for label in pool.labels),
    )
    if pool.permissions:
        yield Artifact(
            path=f"{folder}/permissions.sh",
            measures=("nodes.permissions",),
            executable=True,
            text=fill("nodes-permissions.sh.j2", profile=profile, permissions=pool.permissions),
        )
    if pool.firewall is not None:
        yield Artifact(
            path=f"{folder}/firewall.nft",
            measures=("nodes.firewall",),
            sources=sources,
            text=fill("nodes-firewall.nft.j2", profile=profile) + "".join(_rules(pool.firewall)),
        )
    yield from _kernel(profile, pool, nodes, sources)


def _rules(firewall: Firewall) -> Iterator[str]:
    """nftables' own notation. What may stand in a line is bounded by the types of the profile and the plan."""
    sets = {"control-plane": firewall.control_plane, "cluster": firewall.cluster, "clients": firewall.clients}
    for name, ranges in sets.items():
        for each in ranges:
            family = "ipv6" if ":" in each else "ipv4"
            yield f"add element inet hardener-node {name}-{family} {{ {each} }}\n"
    rule = "add rule inet hardener-node arriving"
    for opened in firewall.opened:
        ports = f"{_PROTOCOLS[opened.protocol]} dport {{ {', '.join(opened.ports)} }}"
        yield f"{rule} {ports} ip saddr @{opened.to}-ipv4 accept\n"
        yield f"{rule} {ports} ip6 saddr @{opened.to}-ipv6 accept\n"
    yield f"{rule} tcp dport {{ {', '.join(firewall.closed)} }} counter drop\n"
    if firewall.node_ports:
        yield f"{rule} {_PROTOCOLS['every']} dport {{ {firewall.node_ports} }} counter drop\n"


def _kernel(profile: str, pool: Pool, nodes: Nodes, sources: tuple[str, ...]) -> Iterator[Artifact]:
    yield Artifact(
        path=f"nodes/{pool.name}/sysctl.conf",
        measures=("kubelet.kernel-defaults", "nodes.kernel"),
        sources=sources,
        text=_lines(
            profile,
            _use(_SYSCTLS, nodes),
            (f"{setting.name} = {setting.value}" for setting in pool.sysctls),
        ),
    )
    yield Artifact(
        path=f"nodes/{pool.name}/modprobe.conf",
        measures=("nodes.modules",),
        sources=sources,
        # `blacklist` stops a module from being loaded for a device, `install` from being loaded by name.
        text=_lines(
            profile,
            _use(_MODULES, nodes),
            (line for name in pool.blocked_modules for line in _blocked(name)),
        ),
    )


def _use(use: str, nodes: Nodes) -> str:
    """What a host's file is for: its own administrator's to install, or a provider's to take."""
    return _BY_PROVIDER if nodes.delivery == "elsewhere" else use


def _kubelet(profile: str, pool: Pool, nodes: Nodes) -> str:
    return fill(
        "nodes.yaml.j2",
        profile=profile,
        kubelet=pool.kubelet,
        taints=pool.taints,
        delivery=nodes.delivery,
        arguments=_arguments(nodes.installer),
    )


def _passed_on(profile: str, pool: Pool, installer: str) -> Artifact:
    """The kubelet's flags once more, as the installer takes them."""
    return Artifact(
        path=f"nodes/{pool.name}/{_arguments(installer)}",
        measures=tuple(sorted({measure for flag in pool.flags for measure in flag.measures})),
        sources=(pool.path,) if pool.path else (),
        text=fill("nodes-arguments.yaml.j2", profile=profile, flags=pool.flags),
    )


def _arguments(installer: str) -> str:
    """What the file is called that passes a kubelet's flags on; empty where nobody does."""
    return f"{installer}.yaml" if installer else ""


def _blocked(module: str) -> tuple[str, str]:
    return f"blacklist {module}", f"install {module} /bin/false"


def _lines(profile: str, use: str, lines: Iterable[str]) -> str:
    """A file of settings, one a line. What may stand in a line is bounded by the profile's types."""
    return "".join(f"{line}\n" for line in (f"# {rendered_from(profile)}", f"# {use}", *lines))
