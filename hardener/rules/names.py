"""Names that a profile uses and does not define: the help that names the nearest one."""

from __future__ import annotations

from hardener.profile.nearest import nearest

__all__ = ["nearest"]
