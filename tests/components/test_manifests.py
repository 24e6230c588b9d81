"""Folders of manifests are read in the order of their kustomization."""

import pytest

from tests.components import manifests

KUSTOMIZATION = """\
kind: Kustomization
resources:
  - namespaces/web.yaml
  - cluster.yaml
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "namespaces").mkdir()
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION)
    (tmp_path / "cluster.yaml").write_text("# Rendered\n---\n# one\na: 1\n---\na: |\n  ---\n")
    (tmp_path / "namespaces" / "web.yaml").write_text("# Rendered\na: 3\n")
    return tmp_path


def test_documents_come_in_order_and_comments_alone_are_none(folder):
    assert manifests.in_order(folder) == ["# Rendered\na: 3\n", "\n# one\na: 1\n", "\na: |\n  ---\n"]


def test_the_kustomization_is_no_object(folder):
    assert manifests.files(folder) == [folder / "cluster.yaml", folder / "namespaces" / "web.yaml"]
