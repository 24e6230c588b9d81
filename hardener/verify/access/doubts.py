"""What a question names that nobody knows: an answer to a slip of the keyboard is right, and misleads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from hardener.catalog.kubernetes import OWN_NAMESPACES
from hardener.catalog.resources import groups as known_groups
from hardener.profile import Profile
from hardener.profile.nearest import close
from hardener.verify.access.promise import Promise
from hardener.verify.access.rbac import Grants
from hardener.verify.access.rules import Request
from hardener.verify.access.subjects import user
from hardener.verify.answer import Reason
from hardener.verify.written import Written

_ACCOUNT: Final = "system:serviceaccount:"
# What API servers ask for, of objects and of paths, and the rights that stand beside them.
# https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
VERBS: Final = frozenset(
    [
        *("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"),
        *("head", "options", "post", "put", "proxy"),
        *("approve", "attest", "bind", "escalate", "impersonate", "sign", "use"),
        *("request-serviceaccounts-token-audience", "*"),
    ]
)


class Doubts:
    """Names what of a question no role, no binding and no profile speaks of."""

    def __init__(self, written: Written, profile: Profile, granted: Grants, promised: Iterable[Promise]) -> None:
        """All that is known."""
        self._granted = granted
        self._subjects = {*granted.everything, *(each.subject for each in promised)}
        tenants = {name: space for tenant in profile.tenants.values() for name, space in tenant.namespaces.items()}
        self._system = {*profile.cluster.system_namespaces, *OWN_NAMESPACES}
        self._namespaces = {*written.namespaces(), *tenants, *self._system}
        self._accounts = {f"{each.namespace}/{each.name}" for each in written.of("ServiceAccount")}
        self._accounts |= {f"{space}/{name}" for space, facts in tenants.items() for name in facts.service_accounts}

    def of(self, request: Request, name: str = "", groups: Sequence[str] = ()) -> Iterator[Reason]:
        """A note for each."""
        found = [*self._of_request(request), *self._of_user(name), *map(self._of_group, groups)]
        yield from (Reason(message=text) for text in found if text)

    def _of_request(self, request: Request) -> Iterator[str]:
        space = request.namespace
        if space and space not in self._namespaces:
            asked = _meant(space, self._namespaces)
            yield f"nobody knows a namespace {space}{asked}: this is the answer for a stranger's"
        roles = [*self._granted.roles.written("ClusterRole"), *self._granted.roles.written("Role")]
        rules = [rule for role in roles for rule in role.rules]
        verbs = VERBS.union(*(rule.verbs for rule in rules))
        if request.verb not in verbs:
            yield f"no API server asks for the verb {request.verb}, and no role has it{_meant(request.verb, verbs)}"
        known = known_groups().union(*(rule.groups for rule in rules))
        if request.group and request.group not in known:
            asked = _meant(request.group, known)
            yield f"Kubernetes has no API group {request.group}, and no role names it{asked}"

    def _of_user(self, name: str) -> Iterator[str]:
        subject = user(name)
        if subject.kind == "ServiceAccount":
            account = f"{subject.namespace}/{subject.name}"
            known = account in self._accounts or subject.name == "default" or subject.namespace in self._system
            yield "" if known else f"nobody knows a service account {account}{_meant(account, self._accounts)}"
        elif name.startswith(_ACCOUNT):
            yield f"{name} is nobody: a service account is {_ACCOUNT}NAMESPACE:NAME"
        elif name in self._accounts:
            yield f"{name} is a user here; did you mean the service account {_ACCOUNT}{name.replace('/', ':')}?"
        elif subject not in self._subjects and (meant := _meant(name, self._named("User"))):
            yield f"no binding names the user {name}{meant}"

    def _of_group(self, name: str) -> str:
        known = self._named("Group")
        if name in known or name.startswith("system:"):
            return ""
        return f"no binding names the group {name}{_meant(name, known)}"

    def _named(self, kind: str) -> set[str]:
        return {each.name for each in self._subjects if each.kind == kind}


def _meant(word: str, known: Iterable[str]) -> str:
    meant = close(word, known)
    return f" (did you mean {meant}?)" if meant else ""
