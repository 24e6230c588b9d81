"""What is asked: the admission of a folder, with the namespaces that nobody knows, for whoever sends a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.admission import Admission, Verdict
from hardener.verify.admission.policies import Judged, Resource, Review
from hardener.verify.admission.policies.validating import Validating
from hardener.verify.cel import NotUnderstoodError
from hardener.verify.cel.authorization import Asked
from hardener.verify.objects import Object
from hardener.verify.pods.classes import classes
from hardener.verify.pods.demands import POLICIES_SINCE
from hardener.verify.pods.expressions import expressions, words
from hardener.verify.written import Written

SOMEBODY: Final = "somebody"
EVERYBODY: Final = ("system:authenticated",)
_NOTHING: Final[dict[str, Any]] = {"metadata": {"name": "probe"}}

_READ: Final[WeakKeyDictionary[Written, tuple[Profile, Asking]]] = WeakKeyDictionary()

User = tuple[str, tuple[str, ...]]
Fields = Mapping[str, Any]


class Asking:
    """An API server that runs with a folder of output, to be asked; and the classes of namespaces to ask about."""

    def __init__(self, written: Written, profile: Profile) -> None:
        """Read what decides. Raises NotUnderstoodError."""
        self.classes = classes(written, profile)
        self.minor = minor(profile.cluster.kubernetes)
        strangers = tuple(each.object for each in self.classes if each.labels)
        self.written = Written(written.files, (*written.objects, *strangers)) if strangers else written
        self.admission = Admission.read(self.written, profile.cluster)
        self._policies = self.admission.policies if self.minor >= POLICIES_SINCE else None
        self._namespaces = {each.name: each for each in self.written.of("Namespace")}
        self._judging: dict[tuple[str, Resource, str], tuple[Validating, ...]] = {}
        self._by_object = frozenset(each.object for each in self._validating if _goes_by_object(each))

    @property
    def _validating(self) -> list[Validating]:
        return self._policies.validating if self._policies else []

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What in a policy is not understood."""
        return self._policies.problems if self._policies else ()

    def admit(self, pod: Fields, namespace: str) -> Verdict:
        """What becomes of a new pod."""
        return self.admission.admit(pod, namespace)

    def judge(
        self,
        namespace: str,
        resource: str | Resource,
        operation: str,
        object: dict[str, Any],
        old: dict[str, Any] | None = None,
        user: User = (SOMEBODY, EVERYBODY),
        may: Asked = lambda _check: False,
    ) -> Judged | None:
        """What admission policies say of a request, the first that refuses it alone. A text is of the core group.

        None where there are none at this version.
        """
        if self._policies is None:
            return None
        review = self._review(namespace, resource, operation, object, old, user, may)
        completed = self._policies.complete(review)
        if completed.refusals:
            return completed
        review = replace(review, object=completed.object)
        refused = next(filter(None, (next(each.refusals(review), None) for each in self._about(review))), None)
        return Judged(refusals=(refused,) if refused else (), object=review.object)

    def _about(self, review: Review) -> tuple[Validating, ...]:
        """The policies that may judge a request. Most go by its namespace and what is asked, and not by the object."""
        if review.is_namespace:
            return tuple(self._validating)
        key = (review.namespace, review.resource, review.operation)
        if key not in self._judging:
            held = (each for each in self._validating if each.object in self._by_object or _holds(each, review))
            self._judging[key] = tuple(held)
        return self._judging[key]

    def _review(
        self,
        namespace: str,
        resource: str | Resource,
        operation: str,
        object: dict[str, Any],
        old: dict[str, Any] | None,
        user: User,
        may: Asked | None,
    ) -> Review:
        it = self._namespaces.get(namespace)
        return Review(
            operation=operation,
            resource=_of_core(resource) if isinstance(resource, str) else resource,
            namespace=namespace,
            namespace_labels=self.written.namespaces().get(namespace, {"kubernetes.io/metadata.name": namespace}),
            namespace_annotations=it.annotations if it else {},
            name=object["metadata"]["name"],
            object=object,
            old_object=old,
            user=user[0],
            groups=user[1],
            authorizer=may,
        )

    def holding(self, namespace: str, resource: str | Resource) -> Iterator[Object]:
        """The policies that hold for new objects of a resource in a namespace."""
        review = self._review(namespace, resource, "CREATE", _NOTHING, None, (SOMEBODY, EVERYBODY), None)
        for policy in self._policies.validating if self._policies else ():
            if policy.matches(review) and any(each.matches(review) for each in policy.bindings):
                yield policy.object

    def users(self, namespace: str, resource: str | Resource) -> Iterator[User]:
        """Somebody, and whoever a policy for this resource names, as a user and as a group."""
        yield SOMEBODY, EVERYBODY
        holding = self.holding(namespace, resource)
        asking = [each for each in holding if any("userInfo" in text for _, text in expressions(each))]
        for word in sorted(words(asking)):
            yield word, EVERYBODY
            yield SOMEBODY, (word, *EVERYBODY)


def asking(written: Written, profile: Profile) -> Asking:
    """The API server to ask, read once for all promises that it is asked for. Raises NotUnderstoodError."""
    known = _READ.get(written)
    if known is None or known[0] is not profile:
        known = _READ[written] = (profile, Asking(written, profile))
    return known[1]


def _of_core(text: str) -> Resource:
    name, _, subresource = text.partition("/")
    return Resource(resource=name, subresource=subresource)


def _holds(policy: Validating, review: Review) -> bool:
    try:
        return policy.matches(review) and any(each.matches(review) for each in policy.bindings)
    except NotUnderstoodError:
        # Said where it judges.
        return True


def _goes_by_object(policy: Validating) -> bool:
    """Does a policy, or a binding of it, look at labels or names of what it judges?"""
    texts = (str(each.data.get("spec")) for each in (policy.object, *(each.object for each in policy.bindings)))
    return any("objectSelector" in text or "resourceNames" in text for text in texts)
