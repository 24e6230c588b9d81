"""Who gets a token: exactly those whom the profile gives one, for every way to write an account."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.verify.tokens import tokens
from hardener.verify.written import read
from tests.verifying import findings, objects, rendered, store

_FILE = "manifests/namespaces/payments/service-accounts.yaml"


def found(files: dict[str, str], profile: Any) -> list[str]:
    return [each.message for each in tokens(read(files)[0], profile)]


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_nothing_is_wrong_with_what_is_rendered(name: str):
    assert found(*rendered(name)) == []


@given(st.sampled_from(["default", "settle"]), st.sampled_from([True, False, None]))
@settings(max_examples=20, deadline=None)
def test_only_what_the_profile_says_is_no_finding(account: str, mounts: bool | None):
    files, profile = rendered("shop-prod")
    documents = objects(files, _FILE)
    (mine,) = (each for each in documents if each["metadata"]["name"] == account)
    mine["automountServiceAccountToken"] = mounts
    store(files, _FILE, documents)

    # Whoever says nothing, mounts.
    assert (found(files, profile) == []) == ((mounts is not False) == (account == "settle"))


def test_an_account_that_nobody_knows_is_let_be_if_it_mounts_nothing():
    files, profile = rendered("shop-prod")
    documents = objects(files, _FILE)
    metadata = {"name": "idle", "namespace": "payments"}
    more = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False}
    store(files, _FILE, [*documents, more])

    assert found(files, profile) == []


def test_an_account_of_no_namespace_is_nobody() -> None:
    """No API server takes such a binding, which is a finding of access."""
    files, profile = rendered("small")
    binding = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: more}\n"
        "roleRef: {kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: default}]\n"
    )
    files["manifests/cluster/access.yaml"] += f"---\n{binding}"
    (finding,) = findings(files, profile, "tokens", "access")
    assert finding.word == "access"
    assert "is a service account without a namespace" in finding.message
