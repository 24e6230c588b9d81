"""`metadata`, `cluster`: a cluster that exists, and that hardener knows."""

from __future__ import annotations
