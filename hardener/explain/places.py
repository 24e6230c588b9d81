"""Where the output sets each flag of a component and each field of the kubelet, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from hardener.catalog import Setting, measures
from hardener.catalog.flags_in_files import Field
from hardener.explain import Spot
from hardener.explain.lines import Lines
from hardener.explain.world import World
from hardener.plan.settings import Flag
from hardener.rules.places import paths_at
from hardener.source import KeyPath, Source, parse

# Files in which an installer takes the flags once more, and how it calls the component of which it speaks.
_INSTALLERS: Final = re.compile(r"control-plane/(kubeadm|k3s|rke2)\.yaml|nodes/[^/]+/(k3s|rke2)\.yaml")
_SECTIONS: Final[Mapping[str, str]] = {
    "apiServer": "kube-apiserver",
    "controllerManager": "kube-controller-manager",
    "scheduler": "kube-scheduler",
    "etcd": "etcd",
    "kube-apiserver-arg": "kube-apiserver",
    "kube-controller-manager-arg": "kube-controller-manager",
    "kube-scheduler-arg": "kube-scheduler",
    "etcd-arg": "etcd",
    "kubelet-arg": "kubelet",
}
_SECTION: Final = re.compile(r"\"?([a-zA-Z-]+)\"?:\s*(\[.*)?$")
# A flag on a line of its own, as a list of names, a mapping, or words of a list have it.
_FLAG: Final = re.compile(r"\s*(?:- )?(?:name: )?\"?([a-z][a-z0-9-]+)\"?(?:=.*|:\s.*)?$")
_VALUE: Final = re.compile(r"\s+value:\s")

# Where the profile decides a field of the kubelet that it calls otherwise, or for the whole cluster.
_CALLED: Final[Mapping[str, KeyPath]] = {
    "evictionHard": ("eviction",),
    "kubeReserved": ("reserved", "kube"),
    "systemReserved": ("reserved", "system"),
}
_OF_CLUSTER: Final[Mapping[str, KeyPath]] = {
    "featureGates.RotateKubeletServerCertificate": ("controlPlane", "rotation", "servingCertificates"),
    "serverTLSBootstrap": ("controlPlane", "rotation", "servingCertificates"),
    "tlsCipherSuites": ("controlPlane", "tls", "ciphers"),
    "tlsMinVersion": ("controlPlane", "tls", "minVersion"),
}
# Every worker's is the same; no pool decides it.
NOBODYS: Final = ("staticPodPath",)


class Here(Struct, frozen=True, kw_only=True):
    """A setting on a line of a file. `at` is where the profile decides it, empty where it does not."""

    component: str
    name: str
    measure: str
    file: str
    line: int
    at: KeyPath = ()


class Places:
    """Every setting of an output."""

    def __init__(self, world: World) -> None:
        """Read the files once."""
        self._world = world
        flags = [*self._flags()]
        self.all = (*flags, *self._fields(), *self._once_more(flags))

    def on(self, file: str, lines: Lines) -> list[Here]:
        """The settings on some lines of a file."""
        return [each for each in self.all if each.file == file and each.line in lines]

    def of(self, component: str, name: str) -> list[Here]:
        """Wherever a flag or a field is set, the first line of each."""
        found: dict[str, Here] = {}
        for each in self.all:
            if (each.component, each.name) == (component, name):
                found.setdefault(each.file, each)
        return list(found.values())

    def _flags(self) -> Iterator[Here]:
        for component, file, flags in self._flag_files():
            for line, flag in enumerate(flags, 1):
                found = next(paths_at(flag.source, self._world.source.data), None) if flag.source else ()
                at = found if found is not None else tuple(flag.source.split("."))
                measure = _measure(component, flag)
                yield Here(component=component, name=flag.name, measure=measure, file=file, line=line, at=at)

    def _flag_files(self) -> Iterator[tuple[str, str, tuple[Flag, ...]]]:
        """Component, file and flags, which stand there one a line."""
        plan = self._world.plan
        if plan.settings is not None:
            yield "kube-apiserver", "control-plane/kube-apiserver.flags", plan.settings.api_server
            yield "kube-controller-manager", _CONTROLLERS, plan.settings.controller_manager
            yield "kube-scheduler", "control-plane/kube-scheduler.flags", plan.settings.scheduler
        if plan.secrets is not None:
            yield "etcd", "control-plane/etcd.flags", plan.secrets.etcd
        for pool in plan.nodes.pools:
            if pool.flags:
                yield "kubelet", f"nodes/{pool.name}/kubelet.flags", pool.flags

    def _fields(self) -> Iterator[Here]:
        for pool in self._world.plan.nodes.pools:
            file = f"nodes/{pool.name}/kubelet.yaml"
            source = parse(self._world.artifacts[file].text, file)
            for setting in in_catalogue("kubelet", "field"):
                steps = tuple(setting.name.split("."))
                at = _decided_at(pool.name, setting)
                for line in _lines_of(source, steps):
                    yield Here(
                        component="kubelet", name=setting.name, measure=setting.measure, file=file, line=line, at=at
                    )

    def _once_more(self, flags: list[Here]) -> Iterator[Here]:
        known = {(each.component, each.name): each for each in flags}
        for file in filter(_INSTALLERS.fullmatch, self._world.artifacts):
            component, here = "", None
            for line, text in enumerate(self._world.artifacts[file].text.splitlines(), 1):
                if section := _SECTION.fullmatch(text):
                    component = _SECTIONS.get(section[1], "")
                flag = _FLAG.fullmatch(text)
                here = here if _VALUE.match(text) else known.get((component, flag[1])) if flag else None
                if here is not None:
                    yield Here(
                        component=here.component, name=here.name, measure=here.measure, file=file, line=line, at=here.at
                    )


_CONTROLLERS: Final = "control-plane/kube-controller-manager.flags"


def in_catalogue(component: str, *sorts: str) -> list[Setting]:
    """What hardener sets of a component, at any version."""
    every = (setting for measure in measures().values() for setting in measure.settings)
    return [each for each in every if each.component == component and each.sort in sorts]


def places_of_field(field: Field, world: World) -> list[Spot]:
    """The first line of a field in each file that is called as its file is."""
    files = [path for path in world.artifacts if path.rpartition("/")[2] == field.file]
    steps = tuple(field.name.split("."))
    found = ((path, _lines_of(parse(world.artifacts[path].text, path), steps)) for path in files)
    return [Spot(file=path, line=lines[0]) for path, lines in found if lines]


def _measure(component: str, flag: Flag) -> str:
    """The measure that sets a flag, among those that its value carries out as well."""
    own = (each.measure for each in in_catalogue(component, "flag") if each.name == flag.name)
    return next((each for each in own if each in flag.measures), flag.measures[0])


def _decided_at(pool: str, setting: Setting) -> KeyPath:
    if setting.name in _OF_CLUSTER:
        return _OF_CLUSTER[setting.name]
    if setting.value is not None or setting.file or setting.name in NOBODYS:
        return ()
    return ("pools", pool, "kubelet", *_CALLED.get(setting.name, (setting.name,)))


def _lines_of(source: Source, steps: KeyPath) -> range:
    """The lines on which a field stands; none if it is not there."""
    text = source.text_of(steps).rstrip()
    if not text:
        return range(0)
    start, end = source.span(steps)
    first = source.line(steps)[1]
    below = text.count("\n") + (1 if "\n" in text or start == end else 0)
    return range(first, first + below + 1)
