"""What lies in a folder of output, and what is applied of it."""

from __future__ import annotations

import pytest

from tests.verifying import edit, findings, rendered

FILE = "manifests/kustomization.yaml"
ORDER = "sortOptions:\n  order: fifo\n"


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "manifests/README.md",
        "manifests/cluster/shop.png",
        "manifests/.DS_Store",
        "manifests/cluster/.access.yaml.swp",
        "manifests/cluster/access.yaml~",
        ".git/config",
        ".hardener",
    ],
)
def test_what_no_deliverer_reads_is_passed_over(path: str) -> None:
    files, profile = rendered("small")

    assert findings({**files, path: "\n"}, profile, "namespaces") == []


@pytest.mark.parametrize(
    "how",
    [
        "sortOptions: {order: legacy}\n",
        "sortOptions:\n  order: legacy\n  legacySortOptions: {orderFirst: [Namespace], orderLast: []}\n",
        "metadata: {name: shop, annotations: {config.kubernetes.io/local-config: 'true'}}\n",
    ],
)
def test_an_order_and_a_name_change_nothing(how: str) -> None:
    files, profile = rendered("small")
    edit(FILE, ORDER, how)(files)

    assert findings(files, profile, "namespaces") == []


def test_a_file_may_be_listed_from_here() -> None:
    files, profile = rendered("small")
    edit(FILE, "  - cluster/access.yaml\n", "  - ./cluster/access.yaml\n")(files)

    assert findings(files, profile, "namespaces") == []
