"""Promise 8, proven from what is written: every setting is one that its component takes, and none is weaker.

    chosen         what the profile asks of each component; `demands` adds what is fixed, and why
    strength       whether a value is as strong as another; `numbers` reads it as Go does
    agreed         what may stand in a flag or field that nobody asks for
    arguments      the flags of a component, judged; `flag_files` reads them
    kubeadm        the same as kubeadm takes it; `servers` as k3s and RKE2 do
    kubelet        a KubeletConfiguration; `kubelet_refused` is what does not go together in one
    admission, authentication, authorization, connections, approver
                   the files that flags name; `shapes` is what they may look like, `kubeadm_shapes` kubeadm's own
    hosts          kernels, modules and files of hosts, and who reaches their ports (`firewall`)
    confinement    profiles of AppArmor and seccomp: `confined` is what they must say, `app_armor` and `seccomp` read
                   what they do
    folder         which files there must be, and what of them is not proven

What a promise of its own asks of a flag (secrets, audit) is found here and told there: see `of_word`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.catalog import distribution
from hardener.profile import Profile
from hardener.profile.pools import Pool
from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.settings import chosen, flag_files, kubeadm, servers
from hardener.verify.settings.admission import admission
from hardener.verify.settings.approver import approver
from hardener.verify.settings.arguments import Told, different, judged
from hardener.verify.settings.authentication import authentication
from hardener.verify.settings.authorization import authorization
from hardener.verify.settings.confinement import confinement
from hardener.verify.settings.connections import connections
from hardener.verify.settings.demands import demands
from hardener.verify.settings.documents import of_single
from hardener.verify.settings.folder import folder, pools
from hardener.verify.settings.hosts import hosts
from hardener.verify.settings.kubelet import configuration
from hardener.verify.written import Written

__all__ = ["of_word", "settings"]


def settings(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each setting that is missing or weaker than promised, and for each that nobody can answer for."""
    files = written.files
    yield from folder(files, profile)
    yield from of_word("settings", files, profile)
    for part in (admission, authentication, authorization, connections):
        yield from _understood(part(files, profile))
    yield from approver(files)
    for pool in pools(profile):
        yield from _pool(files, profile, pool)


def of_word(word: str, files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with the arguments of the control plane's components, as far as one promise goes."""
    yield from (finding for finding in _control_plane(files, profile) if finding.word == word)


def _control_plane(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    installer = distribution(profile.cluster.distribution).installer
    if not installer:
        return
    by_installer: Mapping[str, Told] = {}
    if f"control-plane/{installer}.yaml" in files:
        reader = kubeadm if installer == "kubeadm" else servers
        by_installer, findings = reader.told(files, profile)
        yield from findings
        yield from _understood(reader.rest(files, profile, by_installer))
    for component in chosen.COMPONENTS:
        wanted = demands(component, "flag", profile, chosen.of_component(component, profile))
        told = by_installer.get(component)
        if told:
            yield from judged(told, wanted)
        file = f"control-plane/{component}.flags"
        if file in files:
            flags, findings = flag_files.read(file, files[file])
            yield from (*findings, *judged(flags, wanted))
            if told:
                yield from different(told, flags, wanted)


def _pool(files: Mapping[str, str], profile: Profile, pool: str) -> Iterator[Finding]:
    """What is wrong with the kubelets and the hosts of a pool."""
    asked = profile.pools.get(pool, Pool())
    yield from of_single(
        files, f"nodes/{pool}/kubelet.yaml", lambda document: configuration(document, profile, asked.kubelet, pool)
    )
    wanted = demands("kubelet", "flag", profile, chosen.of_kubelets_flags(profile, asked.kubelet, pool))
    file = f"nodes/{pool}/kubelet.flags"
    if file in files:
        flags, findings = flag_files.read(file, files[file])
        yield from (*findings, *judged(flags, wanted))
    passed_on, findings = servers.passed_on(files, profile, pool)
    yield from findings
    if passed_on:
        yield from judged(passed_on, wanted)
    yield from hosts(files, profile, pool, asked)
    yield from confinement(files, profile, pool)


def _understood(part: Iterator[Finding]) -> Iterator[Finding]:
    """What a part finds. What it does not understand ends it, and is a finding as well."""
    try:
        yield from part
    except NotUnderstoodError as error:
        yield error.finding
