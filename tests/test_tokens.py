"""Service accounts: no token unless the profile says so, and never one for `default`."""

from __future__ import annotations

import pytest
import yaml

from tests.rendering import files


def accounts(written, namespace="web"):
    body = f"""zones: {{apps: {{trust: 50}}}}
tenants: {{team: {{namespaces: {{web: {{zone: apps{written}}}, api: {{zone: apps}}}}}}}}
"""
    text = files(body)[f"manifests/namespaces/{namespace}/service-accounts.yaml"]
    return list(yaml.load_all(text, yaml.CSafeLoader))


def mounted(written, namespace="web"):
    return {each["metadata"]["name"]: each["automountServiceAccountToken"] for each in accounts(written, namespace)}


def test_the_file_in_full():
    body = """zones: {apps: {trust: 50}}
tenants: {team: {namespaces: {web: {zone: apps, serviceAccounts: {worker: {token: true}}}}}}
"""
    assert (
        files(body)["manifests/namespaces/web/service-accounts.yaml"]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
# No pod gets a token of its service account unless the account says so here.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: default
  namespace: web
  labels:
    app.kubernetes.io/managed-by: hardener
automountServiceAccountToken: false
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: worker
  namespace: web
  labels:
    app.kubernetes.io/managed-by: hardener
automountServiceAccountToken: true
"""
    )


def test_default_is_in_every_namespace_and_has_no_token():
    assert mounted("") == mounted("", "api") == {"default": False}


@pytest.mark.parametrize("written", ["{}", "{roles: [viewer]}", "{token: false}"])
def test_a_token_is_off_unless_it_is_asked_for(written):
    assert mounted(f", serviceAccounts: {{app: {written}}}") == {"app": False, "default": False}
    assert mounted(f", serviceAccounts: {{app: {written}}}", "api") == {"default": False}


def test_a_token_is_on_where_it_is_asked_for():
    assert mounted(", serviceAccounts: {b: {token: true}, a: {}, z: {token: true}}") == {
        "a": False,
        "b": True,
        "default": False,
        "z": True,
    }


def test_accounts_stand_in_the_order_of_their_names():
    names = [each["metadata"]["name"] for each in accounts(", serviceAccounts: {z: {}, a: {token: true}, e: {}}")]
    assert names == ["a", "default", "e", "z"]


def test_default_may_be_written_out():
    assert mounted(", serviceAccounts: {default: {}}") == {"default": False}
    assert mounted(", serviceAccounts: {default: {token: false, roles: []}}") == {"default": False}
