"""Whose pods get a token: in profiles, and in folders that somebody changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hardener.compare.sides import Side, Sides
from hardener.compare.tokens import tokens
from tests.comparing import folder, of_files, sides
from tests.test_pairs import FOLDER
from tests.verifying import Files, add, change, edit, rendered

PLAIN = (FOLDER / "plain.yaml").read_text()
PATH = "manifests/namespaces/web/service-accounts.yaml"
GET = "weaker: pods of service account %s get its token"
LOSE = "stronger: pods of service account %s no longer get its token"
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: kept, namespace: web, annotations: {kubernetes.io/service-account.name: app}}
%s
"""
ENDLESS = "type: kubernetes.io/service-account-token"
WRITES = "Kubernetes writes a token of the service account web/app into it, which never ends"


def broken(*breaks: Callable[[Files], None]) -> Side:
    files, _ = rendered(PLAIN)
    for each in breaks:
        each(files)
    return folder(files)


def said(old: Side, new: Side) -> list[str]:
    return [f"{each.direction}: {each.message}" for each in tokens(Sides(old, new))]


def gone(files: Files) -> None:
    del files[PATH]


def test_an_account_that_says_nothing_gets_its_token() -> None:
    silent = broken(edit(PATH, "automountServiceAccountToken: false\n", ""))
    null = broken(edit(PATH, "automountServiceAccountToken: false", "automountServiceAccountToken: null"))
    assert said(broken(), silent) == [GET % "web/default"]
    assert said(silent, broken()) == [LOSE % "web/default"]
    assert said(silent, null) == said(null, silent) == []


def test_kubernetes_makes_a_default_that_is_not_written_and_mounts_its_token() -> None:
    assert said(broken(), broken(gone)) == [GET % "web/default"]
    assert said(broken(gone), broken()) == [LOSE % "web/default"]


def test_a_list_that_policies_ask_is_a_token_too() -> None:
    listed = broken(
        edit(
            "manifests/namespaces/web/namespace.yaml",
            "  labels:\n",
            "  annotations: {hardener.dev/tokens: 'app,b'}\n  labels:\n",
        )
    )
    assert said(broken(), listed) == ["weaker: pods of service accounts web/app and web/b get their tokens"]
    assert said(listed, broken()) == ["stronger: pods of service accounts web/app and web/b no longer get their tokens"]


def test_a_secret_is_read_by_whoever_reads_the_output() -> None:
    plain, endless = (broken(add("manifests/cluster/more.yaml", SECRET % kind)) for kind in ("type: Opaque", ENDLESS))
    assert said(broken(), plain) == ["weaker: Secret web/kept is written"]
    assert said(broken(), endless) == [f"weaker: Secret web/kept is written: {WRITES}"]
    assert said(plain, endless) == [f"weaker: Secret web/kept is written: {WRITES}"]
    assert said(endless, broken()) == [f"stronger: Secret web/kept is no longer written: {WRITES}"]
    elsewhere = edit(PATH, "# No pod", "# In here, no pod")
    assert said(plain, broken(add("manifests/cluster/more.yaml", SECRET % "type: Opaque"), elsewhere)) == []


def test_accounts_are_told_together_for_each_tenant() -> None:
    def accounts(token: str) -> str:
        some = ", ".join(f"a{number}: {{token: {token}}}" for number in range(5))
        text = PLAIN.replace("payments: {zone: cards}", f"payments: {{zone: cards, serviceAccounts: {{{some}}}}}")
        return text.replace("web: {zone: apps}", f"web: {{zone: apps, serviceAccounts: {{app: {{token: {token}}}}}}}")

    found = list(tokens(sides(accounts("false"), accounts("true"))))
    assert [each.message for each in found] == [
        "pods of service accounts payments/a0, payments/a1, payments/a2 and 2 more get their tokens",
        "pods of service account web/app get its token",
    ]
    assert found[0].details == tuple(f"payments/a{number}" for number in range(5))
    assert found[0].new.at == ("tenants", "pay", "namespaces", "payments", "serviceAccounts", "a0")
    assert found[0].new.object == "ServiceAccount payments/a0"
    assert found[0].old is None
    assert found[0].measures == ("tokens.not-mounted",)


def test_places_are_on_the_side_that_has_them() -> None:
    both = of_files(FOLDER / "tokens-mounted.old.yaml", FOLDER / "tokens-mounted.yaml")
    by_direction = {each.direction: each for each in tokens(both)}
    assert by_direction["stronger"].old.at == ("tenants", "shop", "namespaces", "web", "serviceAccounts", "cron")
    assert by_direction["stronger"].new is None


ROLE = "eks.amazonaws.com/role-arn"


def bringing(**more: object) -> Side:
    def how(it: dict[str, Any]) -> None:
        it["metadata"]["annotations"] = more.pop("annotations", {})
        it.update(more)

    return broken(change(PATH, "ServiceAccount", "default", how))


def test_what_an_account_brings_beside_its_token_cannot_be_decided() -> None:
    nothing, role, other = (bringing(annotations=each) for each in ({}, {ROLE: "a"}, {ROLE: "b"}))
    assert said(nothing, role) == [f"weaker: service account web/default says {ROLE}: a"]
    assert said(role, other) == [f"weaker: service account web/default says {ROLE}: b"]
    assert said(role, nothing) == [f"stronger: service account web/default no longer says {ROLE}"]
    pulling = bringing(imagePullSecrets=[{"name": "b"}, {"name": "a"}])
    assert said(nothing, pulling) == ["weaker: service account web/default says imagePullSecrets: a, b"]
    assert said(pulling, bringing(imagePullSecrets=[{"name": "a"}, {"name": "b"}])) == []
    assert said(nothing, bringing(secrets=[{"name": "k"}])) == ["weaker: service account web/default says secrets: k"]
    held = bringing(annotations={"kubernetes.io/enforce-mountable-secrets": "true"})
    assert [each.split(":")[0] for each in said(held, nothing)] == ["weaker"]


def test_notes_of_an_account_are_nothing() -> None:
    notes = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "argocd.argoproj.io/sync-wave": "1"}
    assert said(broken(), bringing(annotations=notes)) == []
