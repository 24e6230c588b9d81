"""`pools.NAME.sysctls`: kernels with which a node's kubelet starts, its pods are reached, and it stays closed."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import hosts
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.pools import Pool
from hardener.rules.weak_settings import weak
from hardener.source import KeyPath, Source


def kernels_are_not_weaker(profile: Profile, source: Source) -> Iterator[Problem]:
    """What hardener sets by itself, a pool does not take back, not for one interface either; and the kubelet starts."""
    needed, hardened = hosts.kubelet_sysctls(), hosts.hardened_sysctls()
    for pool, path, setting, value in _settings(profile):
        if setting in needed and value != needed[setting] and pool.kubelet.protect_kernel_defaults:
            what = f"the kubelet runs only where this is {needed[setting]}"
            yield source.problem(path, what, help="leave it out: hardener sets it", rule="pool.sysctl")
        pinned = hardened.get(hosts.of_every_interface(setting))
        if pinned is not None and value != pinned:
            help = "leave it out: hardener sets it" if setting in hardened else f"write {pinned}, or leave it out"
            yield weak(source, path, f"this is {pinned} on a hardened host", help)
        if opened := hosts.opens(setting, value):
            yield weak(source, path, opened, "leave it out")


def kernels_forward_to_pods(profile: Profile, source: Source) -> Iterator[Problem]:
    """A node that forwards nothing cuts its pods off."""
    needed = hosts.forwarding_sysctls(ipv6=any(":" in written for written in profile.cluster.networks.pods))
    for _, path, setting, value in _settings(profile):
        if setting in needed and value != needed[setting]:
            what = f"pods reach others, and are reached, only where this is {needed[setting]}"
            help = f"write {needed[setting]}, or leave it out"
            yield source.problem(path, what, help=help, rule="pool.sysctl")


def kernels_run_no_programs(profile: Profile, source: Source) -> Iterator[Problem]:
    """What the kernel runs as root, a pod can often make it run."""
    for _, path, setting, value in _settings(profile):
        if hosts.runs_a_program(setting, value):
            what = "the kernel would run this as root, and a pod can often bring that about"
            help = "write the name of a file, such as core" if setting == "kernel.core_pattern" else "leave it out"
            yield weak(source, path, what, help)


def kernel_settings_are_named_once(profile: Profile, source: Source) -> Iterator[Problem]:
    """A setting can be written with dots and with slashes, and means the same."""
    for name, pool in profile.pools.items():
        seen: dict[str, str] = {}
        for written in pool.sysctls:
            first = seen.setdefault(hosts.dotted(written), written)
            if first != written:
                what = f"this is the same setting as {first} above"
                path = ("pools", name, "sysctls", written)
                yield source.problem(path, what, help="keep one of the two", rule="pool.sysctl", at_key=True)


def _settings(profile: Profile) -> Iterator[tuple[Pool, KeyPath, str, str]]:
    """Each pool's settings: the pool, the place, the name with dots, the value."""
    for name, pool in profile.pools.items():
        for written, value in pool.sysctls.items():
            yield pool, ("pools", name, "sysctls", written), hosts.dotted(written), str(value)
