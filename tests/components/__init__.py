"""The real Kubernetes components that judge what hardener renders: how they are built, started and asked.

Everything is built from source by the Go tool, at the releases that `releases` names, and kept in a cache
outside the repository (`cache`). `python -m tests.components` builds all of it ahead of the tests.
"""
