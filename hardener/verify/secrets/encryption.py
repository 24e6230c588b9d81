"""What etcd stores is encrypted: by whom, what of it, and that nothing is written as it comes.

The first provider of a list writes, and all of them read (pkg/server/options/encryptionconfig of k8s.io/apiserver).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from msgspec import Struct, field

from hardener.catalog import api_version, minor
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.secrets import refused
from hardener.verify.secrets.fields import PLACEHOLDER
from hardener.verify.settings.documents import of_single
from hardener.verify.settings.shapes import Shape

FILE: Final = "control-plane/encryption-configuration.yaml"
_SOURCE: Final = ("controlPlane", "encryption")
# From strong to weak. A provider that is not here is none that is known.
PROVIDERS: Final = ("kms", "secretbox", "aesgcm", "aescbc", "identity")
# Of the plugin's protocol, the second version is on from 1.27 (pkg/features/kube_features.go of k8s.io/apiserver).
_SECOND_SINCE: Final = 27
_WILDCARDS: Final = ("*.*", "*.")


class _Key(Shape, frozen=True, kw_only=True):
    name: str
    secret: str


class _Keys(Shape, frozen=True, kw_only=True):
    keys: tuple[_Key, ...]


class _Kms(Shape, frozen=True, kw_only=True):
    api_version: str = ""
    name: str
    endpoint: str
    timeout: str = "3s"
    cachesize: int | None = None


class _Nothing(Shape, frozen=True, kw_only=True):
    """No settings."""


class _Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of these."""

    kms: _Kms | None = None
    secretbox: _Keys | None = None
    aesgcm: _Keys | None = None
    aescbc: _Keys | None = None
    identity: _Nothing | None = None

    @property
    def names(self) -> list[str]:
        """Which of them it is."""
        return [name for name in PROVIDERS if getattr(self, name) is not None]


class _Stored(Shape, frozen=True, kw_only=True):
    resources: tuple[str, ...]
    providers: tuple[_Provider, ...]


class _Configuration(Shape, frozen=True, kw_only=True):
    api_version: str
    kind: str = field(name="kind")
    resources: tuple[_Stored, ...]


def encryption(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with EncryptionConfiguration, where it is ours."""
    yield from of_single(files, FILE, lambda document: _stored(document, profile), "secrets")


def _stored(document: Object, profile: Profile) -> Iterator[Finding]:
    found = shaped(document, _Configuration, "secrets")
    version = api_version("EncryptionConfiguration", minor(profile.cluster.kubernetes))
    if (found.kind, found.api_version) != ("EncryptionConfiguration", version):
        yield finding("secrets", document, f"no API server reads this {found.kind} of {found.api_version}", "kind")
    yield from _resources(document, found, profile)
    for number, stored in enumerate(found.resources):
        for message in refused.names(stored.resources, minor(profile.cluster.kubernetes)):
            yield finding("secrets", document, message, "resources", number, "resources", at=(*_SOURCE, "resources"))
        for message in _providers(stored, profile):
            yield finding("secrets", document, message, "resources", number, "providers", at=_SOURCE)


class Entry(NamedTuple):
    """An entry of the list: what it is about, by whom that is written and read, and the plugin that is asked."""

    resources: tuple[str, ...]
    providers: tuple[str, ...]
    plugin: tuple[str, str, str, str] | None


def entries(document: Object) -> list[Entry]:
    """Who encrypts what. A plugin is told by its name, its endpoint, its version and how long it is waited for.

    Raises NotUnderstoodError.
    """
    found = shaped(document, _Configuration, "secrets")
    return [
        Entry(
            resources=stored.resources,
            providers=tuple(name for provider in stored.providers for name in provider.names),
            plugin=next(
                (
                    (kms.name, kms.endpoint, kms.api_version or "v1", kms.timeout)
                    for kms in (provider.kms for provider in stored.providers)
                    if kms is not None
                ),
                None,
            ),
        )
        for stored in found.resources
    ]


def _resources(document: Object, found: _Configuration, profile: Profile) -> Iterator[Finding]:
    """Each resource that is promised is named; of several entries that name one, the first counts."""
    named = [name for stored in found.resources for name in stored.resources]
    for asked in profile.control_plane.encryption.resources:
        if not any(covers(name, asked) for name in named):
            message = f"{asked} are stored as they come: nothing here names them"
            yield finding("secrets", document, message, "resources", at=(*_SOURCE, "resources"))


def covers(name: str, asked: str) -> bool:
    """Does a name, maybe one that means many, mean a resource? The core group is written with a dot or without."""
    one, other = name.removesuffix("."), asked.removesuffix(".")
    if name == "*.*" or (one == other and (name in _WILDCARDS) == (asked in _WILDCARDS)):
        return True
    if name == "*.":
        return "." not in other and other != "*"
    return name.startswith("*.") and other.partition(".")[2] == name[2:] != ""


def _providers(stored: _Stored, profile: Profile) -> Iterator[str]:
    asked = profile.control_plane.encryption
    what = ", ".join(stored.resources) or "nothing"
    providers = [each.names for each in stored.providers]
    plugins = [each.kms.name for each in stored.providers if each.kms]
    if len(set(plugins)) < len(plugins):
        yield f"of {what}, two plugins have one name: no API server starts with them"
    if not all(len(names) == 1 for names in providers) or not providers:
        yield f"of {what}, a provider is none of {', '.join(PROVIDERS)}, or several: no API server starts with it"
        return
    names = [name for (name,) in providers]
    if PROVIDERS.index(names[0]) > PROVIDERS.index(asked.provider):
        yield f"{what} are written by {names[0]}, and {asked.provider} is promised"
    if "identity" in names[1:] and not asked.plaintext:
        yield f"what of {what} was stored as it came is still read, and nobody notices that it is"
    for provider in stored.providers:
        yield from _wrong(provider, profile)


def _wrong(provider: _Provider, profile: Profile) -> Iterator[str]:
    asked = profile.control_plane.encryption.kms
    if provider.kms is not None:
        second = minor(profile.cluster.kubernetes) >= _SECOND_SINCE
        if asked is None or (provider.kms.name, provider.kms.endpoint) != (asked.name, asked.endpoint):
            yield f"keys are asked of {provider.kms.endpoint}, which the profile does not name so"
        if provider.kms.api_version not in (("v2",) if second else ("", "v1")):
            yield f"the plugin would be spoken to by {provider.kms.api_version or 'v1'} of its protocol"
        kms = provider.kms
        yield from refused.plugin(kms.name, kms.api_version, kms.timeout, kms.cachesize)
    for keys in (provider.secretbox, provider.aesgcm, provider.aescbc):
        if keys is not None:
            yield from refused.keys(tuple(key.name for key in keys.keys))
        for key in keys.keys if keys else ():
            if key.secret != PLACEHOLDER:
                yield f"the key {key.name} stands here, and not on the hosts alone"
