"""Who may ask the API server and who decides, as one side says it: by flags, or by the files that took their place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final, TypeVar

from msgspec import Struct

from hardener.compare.settings.pairs import Said, Saying, flags
from hardener.compare.sides import Side
from hardener.source import KeyPath
from hardener.verify.flags import API_SERVER
from hardener.verify.objects import Object, shaped
from hardener.verify.settings.authentication import AUTHORITY
from hardener.verify.settings.authentication import FILE as AUTHENTICATION
from hardener.verify.settings.authorization import FILE as AUTHORIZATION
from hardener.verify.settings.documents import single
from hardener.verify.settings.numbers import WORDS, truth
from hardener.verify.settings.shapes import AuthenticationConfiguration, AuthorizationConfiguration, Jwt

ANYTHING: Final = "*"
_TTLS: Final = {
    "allowedFor": "authorization-webhook-cache-authorized-ttl",
    "deniedFor": "authorization-webhook-cache-unauthorized-ttl",
}
# What flags cannot say (pkg/kubeapiserver/options/authorization.go of Kubernetes).
_TIMEOUT: Final = "30s"
Shape = TypeVar("Shape")


class Issuer(Struct, frozen=True, kw_only=True):
    """Whose tokens are believed, for whom they are made out, and whom they name."""

    audiences: frozenset[str]
    user: tuple[str, str]
    groups: tuple[str, str] | None
    claims: Mapping[str, str]
    authority: str
    said: Said


class Asking:
    """What one side says. What is not there, and must be, is told as a flag that is missing."""

    def __init__(self, side: Side) -> None:
        """Read the flags; the files when they are asked for."""
        self.side = side
        self._flags: Saying = flags(side, API_SERVER)

    @cached_property
    def nameless(self) -> frozenset[str]:
        """The paths that whoever has no name may ask for; ANYTHING is all that RBAC leaves it."""
        flag, file = self._flags.get("anonymous-auth"), self._file(AuthenticationConfiguration, AUTHENTICATION)
        if flag is not None and flag.value in WORDS and not truth(flag.value):
            return frozenset()
        if file is not None and file.anonymous is not None:
            if not file.anonymous.enabled:
                return frozenset()
            return frozenset(each.path for each in file.anonymous.conditions) or frozenset({ANYTHING})
        return frozenset({ANYTHING})

    @cached_property
    def issuers(self) -> Mapping[str, Issuer]:
        """Each issuer by its address."""
        file = self._file(AuthenticationConfiguration, AUTHENTICATION)
        found = {each.issuer.url: self._of_file(number, each) for number, each in enumerate(file.jwt if file else ())}
        return {**found, **self._of_flags()}

    @cached_property
    def chain(self) -> tuple[str, ...] | None:
        """Who decides, in this order."""
        file = self._file(AuthorizationConfiguration, AUTHORIZATION)
        if file is not None:
            return tuple(each.type for each in file.authorizers)
        flag = self._flags.get("authorization-mode")
        return tuple(flag.value.split(",")) if flag else None

    @cached_property
    def believed(self) -> Mapping[str, str]:
        """For how long the answers of a webhook that decides are believed and awaited, by the keys of the profile."""
        file = self._file(AuthorizationConfiguration, AUTHORIZATION)
        for each in file.authorizers if file else ():
            if each.webhook is not None:
                of_file = each.webhook
                return {
                    "allowedFor": of_file.authorized_ttl,
                    "deniedFor": of_file.unauthorized_ttl,
                    "timeout": of_file.timeout,
                }
        found = {key: self._flags[name].value for key, name in _TTLS.items() if name in self._flags}
        return {**found, "timeout": _TIMEOUT} if found else {}

    def place(self, file: str, flag: str) -> Said | None:
        """Where it is said: in the file, if there is one."""
        document = self._document(file)
        return Said(None, file, lambda: document.line) if document else self._flags.get(flag)

    def _of_file(self, number: int, found: Jwt) -> Issuer:
        mappings, document = found.claim_mappings, self._document(AUTHENTICATION)
        path: KeyPath = ("jwt", number)
        return Issuer(
            audiences=frozenset(found.issuer.audiences),
            user=(mappings.username.claim, mappings.username.prefix),
            groups=(mappings.groups.claim, mappings.groups.prefix) if mappings.groups else None,
            claims={each.claim: each.required_value for each in found.claim_validation_rules},
            authority=" ".join(found.issuer.certificate_authority.split()),
            said=Said(None, AUTHENTICATION, lambda: document.line_of(*path) if document else 0),
        )

    def _of_flags(self) -> Mapping[str, Issuer]:
        """What the flags say, until 1.29."""
        url = self._flags.get("oidc-issuer-url")
        if url is None:
            return {}
        told = {name: said.value for name, said in self._flags.items() if name.startswith("oidc-")}
        # - is none (pkg/kubeapiserver/options/authentication.go of Kubernetes).
        prefix = told.get("oidc-username-prefix", "")
        groups = told.get("oidc-groups-claim")
        claims = (each.partition("=") for each in told.get("oidc-required-claim", "").split(",") if each)
        return {
            url.value: Issuer(
                audiences=frozenset(filter(None, {told.get("oidc-client-id", "")})),
                user=(told.get("oidc-username-claim", "sub"), "" if prefix == "-" else prefix),
                groups=(groups, told.get("oidc-groups-prefix", "")) if groups else None,
                claims={claim: value for claim, _, value in claims},
                authority=" ".join(self.side.files.get(AUTHORITY, "").split()),
                said=url,
            )
        }

    @property
    def says_no(self) -> bool:
        """Is a webhook that does not answer a no? By flags, whoever comes after it is asked instead."""
        return self._document(AUTHORIZATION) is not None

    def _file(self, shape: type[Shape], file: str) -> Shape | None:
        document = self._document(file)
        return shaped(document, shape, "settings") if document else None

    def _document(self, file: str) -> Object | None:
        return single(self.side.files, file)[0] if file in self.side.files else None
