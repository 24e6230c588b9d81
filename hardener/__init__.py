"""hardener: one hardening profile in, everything that a hardened Kubernetes cluster needs out."""
