"""Pod Security, as the API server's plugin of that name judges it.

pod          what the checks look at in a pod
host         what a pod shares with its host
confinement  what keeps a container within bounds
users        as whom it runs
checks       which of these a level has at a version
labels       what a namespace says, and what holds where it says nothing
plugin       whom the plugin judges, and what it says
"""

from __future__ import annotations

from hardener.verify.admission.pod_security.checks import LEVELS, Level, Violation, violations
from hardener.verify.admission.pod_security.labels import Standard, standard
from hardener.verify.admission.pod_security.plugin import PodSecurity

__all__ = ["LEVELS", "Level", "PodSecurity", "Standard", "Violation", "standard", "violations"]
