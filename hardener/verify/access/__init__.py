"""Promise 1: a subject may do exactly what the profile grants it, decided for all subjects and requests.

rbac       what is granted: roles and bindings as an API server reads them, and Kubernetes' own
promise    what the profile promises, and what hardener's own parts need
rights     sets of requests, and what one holds beyond another
compare    what is granted against what is promised, for whoever holds something
own        what is written in the place of Kubernetes' own roles, or into them
growing    roles that others can add to
findings   differences as findings, each with an example
question   what `can` asks, and the answer
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access import own
from hardener.verify.access.compare import Comparison, promised
from hardener.verify.access.findings import Culprits
from hardener.verify.access.growing import growing
from hardener.verify.access.promise import promises
from hardener.verify.access.rbac import grants
from hardener.verify.written import Written


def access(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for whatever somebody can do and nobody grants, or is granted and cannot do."""
    version = profile.cluster.kubernetes
    granted, findings = grants(written, version)
    yield from findings
    yield from own.replaced(written, version)
    yield from own.aggregated(granted.roles, version)
    yield from growing(granted)
    delivered = frozenset(each.name for each in written.of("ClusterRole"))
    owed = promised(promises(profile, delivered))
    yield from Culprits(profile, granted, Comparison(granted, owed)).findings()
