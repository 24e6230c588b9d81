"""The order in which a change may be rolled out, case by case."""

import json
import re
import shlex
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hardener.catalog import supported
from hardener.catalog.kubernetes import minor
from hardener.catalog.pod_security import refuses_more
from hardener.cli import main
from hardener.cli.steps_schema import steps as schema
from hardener.cli.transitions import text
from hardener.compare.pods.standards import told_apart
from hardener.compare.steps.order import steps
from hardener.compare.steps.rollout import key_of
from hardener.errors import ProfileError
from tests.comparing import as_folders, folder, sides
from tests.rendering import written
from tests.test_steps_between import BASE
from tests.transitions import edited

ROOT = Path(__file__).parent.parent
POD_SECURITY = "pod-security.kubernetes.io/"


def rolled_out(*edits, base=BASE, before=()):
    """The steps from a profile to the same with some edits."""
    return steps(sides(edited(base, *before), edited(base, *edits)))


def titles(found):
    return [step.title for step in found]


def lines(found):
    """All that people are told to do, step by step."""
    return [line for step in found for line in (*step.do, *step.look)]


def step(found, begins):
    (one,) = [each for each in found if each.title.startswith(begins)]
    return one


def order(found, *begins):
    """Do the steps that begin so come in this order, each once?"""
    numbers = [titles(found).index(step(found, each).title) for each in begins]
    assert numbers == sorted(numbers), titles(found)


def applied(found, kind, name):
    """The forms in which an object is applied, one after the other, with the number of the step."""
    return [
        (number, data) for number, each in enumerate(found) for data in each.apply if key_of(data)[::2] == (kind, name)
    ]


def labels(data):
    found = data["metadata"]["labels"]
    return tuple(found[f"{POD_SECURITY}{mode}"] for mode in ("warn", "audit", "enforce"))


BASELINE = "zones: {apps: {podSecurity: baseline}}"


def test_a_level_that_rises_warns_then_is_written_down_then_refuses():
    found = rolled_out(before=[BASELINE])
    order(found, "Keep what delivers", "Warn", "Write down", "Refuse", "Commit")
    assert [labels(data) for _, data in applied(found, "Namespace", "web")] == [
        ("restricted", "baseline", "baseline"),
        ("restricted", "restricted", "baseline"),
        ("restricted", "restricted", "restricted"),
    ]
    asked = (
        "$ kubectl label --dry-run=server --overwrite ns api web pod-security.kubernetes.io/enforce=restricted "
        "pod-security.kubernetes.io/enforce-version=v1.36"
    )
    assert asked in step(found, "Warn").look
    assert any("audit-violations" in line for line in step(found, "Write down").look)


def test_a_level_that_falls_falls_at_once():
    found = rolled_out(BASELINE)
    assert [labels(data) for _, data in applied(found, "Namespace", "web")] == [("baseline", "baseline", "baseline")]
    assert titles(found)[0].startswith("Set the labels") or titles(found)[1].startswith("Set the labels")


PINNED = "zones: {apps: {podSecurity: {enforce: restricted, version: '%s'}}}"
OLDER = """\
exceptions: [
  {rule: settings.weak, at: zones.apps.podSecurity.version, reason: old, owner: us, expires: 2027-03-31},
]
"""


def test_an_older_version_of_a_level_may_refuse_what_a_newer_one_lets_pass():
    found = rolled_out(PINNED % "1.34", OLDER, before=[PINNED % "1.36"])
    order(found, "Warn", "Write down", "Refuse")
    assert [labels(data) for _, data in applied(found, "Namespace", "web")] == [("restricted",) * 3] * 3
    back = rolled_out(PINNED % "1.36", before=[PINNED % "1.34", OLDER])
    assert not any(title.startswith("Warn") for title in titles(back))
    assert [len(step(back, "Set the labels").apply)] == [len(step(found, "Refuse").apply)]


def test_a_newer_version_of_a_level_may_refuse_what_an_older_one_lets_pass():
    found = rolled_out(PINNED % "1.34", OLDER, before=[PINNED % "1.33", OLDER])
    order(found, "Warn", "Write down", "Refuse")


@pytest.mark.parametrize("level", ["baseline", "restricted"])
@pytest.mark.parametrize("new", supported())
def test_the_catalog_knows_which_versions_of_a_level_refuse_more(level, new):
    for old in supported()[: supported().index(new)]:
        assert refuses_more(new, old) == told_apart((level, minor(old)), (level, minor(new)))[1]


@pytest.mark.parametrize(
    ("version", "level", "what"),
    [
        ("1.33", "restricted", "the level of 1.33 lets pods pass that the level of 1.35 refuses"),
        ("1.34", "restricted", "the level stays that of 1.34: what newer versions come to refuse, it lets pass"),
    ],
)
def test_an_older_version_is_said_to_let_more_pass_only_where_it_does(version, level, what):
    edit = f"zones: {{apps: {{podSecurity: {{enforce: {level}, version: '{version}'}}}}}}"
    with pytest.raises(ProfileError) as error:
        rolled_out("cluster: {kubernetes: '1.35'}", edit)
    assert [problem.what for problem in error.value.problems] == [what]


def test_a_policy_that_gets_stricter_warns_and_is_written_down_before_it_denies():
    found = rolled_out("zones: {apps: {registries: [registry.example.com/a/]}}")
    forms = applied(found, "ValidatingAdmissionPolicyBinding", "hardener-pods-zone-apps-next")
    assert [data["spec"]["validationActions"] for _, data in forms] == [["Warn"], ["Warn", "Audit"], ["Deny"]]
    assert all(data["spec"]["policyName"] == "hardener-pods-zone-apps-next" for _, data in forms)
    assert [number for number, _ in forms] == [
        titles(found).index(step(found, each).title) for each in ("Warn", "Write", "Refuse")
    ]
    last = step(found, "Refuse")
    assert ("ValidatingAdmissionPolicyBinding", "", "hardener-pods-zone-apps-next") in last.delete
    assert "manifests/cluster/pods.yaml" in last.files


def test_a_namespace_that_comes_gets_its_limits_isolation_and_accounts_before_anybody_gets_in():
    found = rolled_out("tenants: {shop: {namespaces: {cart: {zone: apps, serviceAccounts: {app: {token: true}}}}}}")
    order(found, "Have the admission policies know", "Make the namespaces that come: cart", "Grant")
    made = [key_of(data) for data in step(found, "Make the namespaces").apply]
    assert [kind for kind, _, _ in made] == [
        *(
            "Namespace",
            "ResourceQuota",
            "LimitRange",
            "NetworkPolicy",
            "NetworkPolicy",
            "ServiceAccount",
            "ServiceAccount",
        )
    ]
    assert made[3] == ("NetworkPolicy", "cart", "default-deny")
    assert [key_of(data) for data in step(found, "Grant").apply] == [("RoleBinding", "cart", "hardener:viewer")]
    assert step(found, "Make the namespaces").at == (("tenants", "shop", "namespaces", "cart"),)


def test_a_namespace_that_leaves_is_emptied_then_nobody_may_use_it_then_it_goes():
    gone = "tenants: {shop: {namespaces: {cart: {zone: apps}}}}"
    flow = "flows: [{from: {namespace: web}, to: {namespace: cart}, ports: [443]}]"
    found = rolled_out(before=[gone, flow])
    order(
        found,
        "Stop what runs",
        "Take the grants",
        "Close",
        "Delete the namespaces that leave: cart",
        "Let the admission",
    )
    last = step(found, "Delete the namespaces")
    assert last.delete[0] == ("Namespace", "", "cart")
    assert ("NetworkPolicy", "cart", "default-deny") in last.delete
    assert step(found, "Take the grants").delete == (("RoleBinding", "cart", "hardener:viewer"),)
    assert any(line.startswith("$ kubectl delete deployments") and "-n cart" in line for line in lines(found))
    assert not any(key[1] == "cart" for key in step(found, "Close").delete)


def test_a_flow_that_moves_is_opened_at_both_ends_before_it_is_closed():
    flow = "flows: [{from: {namespace: api}, to: {namespace: web}, ports: [%s]}]"
    found = rolled_out(flow % 9443, before=[flow % 9000])
    order(found, "Open both ends", "Close")
    opened = {key_of(data): json.dumps(data) for data in step(found, "Open both").apply}
    assert opened.keys() == {("NetworkPolicy", name, "flows-all") for name in ("api", "web")}
    assert all("9000" in policy and "9443" in policy for policy in opened.values())
    closed = [json.dumps(data) for data in step(found, "Close").apply]
    assert all("9000" not in policy and "9443" in policy for policy in closed)


@pytest.mark.parametrize(("before", "after", "title"), [((), (0,), "Open both ends"), ((0,), (), "Close what")])
def test_what_only_opens_or_only_closes_takes_one_step(before, after, title):
    flow = ("flows: [{from: {namespace: api}, to: {namespace: web}, ports: [9000]}]",)
    found = rolled_out(*(flow[each] for each in after), before=[flow[each] for each in before])
    assert [each for each in titles(found) if "Open" in each or "Close" in each] == [step(found, title).title]


def test_what_isolates_comes_after_what_opens():
    both = as_folders(sides(BASE, BASE))
    files = {**both.old.files}
    path = "manifests/namespaces/api/network.yaml"
    del files[path]
    both.__init__(folder(files), both.new)
    opened = step(steps(both), "Open both")
    assert [data["metadata"]["name"] for data in opened.apply][-1] == "default-deny"
    assert "flows-all" in [data["metadata"]["name"] for data in opened.apply]


def test_another_network_plugin_is_no_rollout_of_policies():
    found = rolled_out("cluster: {cni: cilium}")
    assert titles(found)[0].startswith("Keep what") or titles(found)[0].startswith("Change the network plugin")
    assert "this is no rollout of policies alone" in step(found, "Change the network plugin").title
    assert any("drain a node" in line for line in lines(found))


def test_whoever_gets_another_role_has_it_before_the_old_one_goes():
    base = edited(BASE).replace("role: viewer", "role: developer")
    found = steps(sides(BASE, base))
    order(found, "Grant what is new", "Take the grants that go", "Bring roles and bindings")
    assert ("ClusterRole", "", "hardener:viewer") in step(found, "Bring roles").delete
    granted = [key_of(data) for data in step(found, "Grant").apply]
    assert granted[0] == ("ClusterRole", "", "hardener:developer")
    assert ("RoleBinding", "api", "hardener:developer") in granted


def test_a_binding_to_another_role_is_deleted_and_made_anew_under_the_cover_of_a_copy():
    both = as_folders(sides(BASE, BASE))
    path = "manifests/namespaces/api/access.yaml"
    changed = both.new.files[path].replace("  name: hardener:viewer\nsubjects", "  name: hardener:developer\nsubjects")
    assert changed != both.new.files[path]
    both.__init__(both.old, folder({**both.new.files, path: changed}))
    found = steps(both)
    binding = ("RoleBinding", "api", "hardener:viewer")
    assert [key_of(data) for data in step(found, "Grant").apply] == [(*binding[:2], "hardener:viewer:next")]
    assert step(found, "Take the grants").delete == (binding,)
    last = step(found, "Take the rights")
    assert ([key_of(data) for data in last.apply], last.delete) == (
        [binding],
        ((*binding[:2], "hardener:viewer:next"),),
    )


RULE = "  - apiGroups: [apps]\n    resources:\n      - deployments\n    verbs: [%s]\n"


@pytest.mark.parametrize(
    ("rules", "times", "title"),
    [
        (RULE % "get" + RULE % "patch", 1, None),
        (RULE % "get, patch, delete", 1, None),
        (RULE % '"*"', 2, "Bring roles and bindings into their last form: nobody loses a right by it"),
        (RULE % "get", 2, "Take the rights that go, and the roles that nobody is bound to"),
    ],
)
def test_rights_are_taken_only_where_somebody_loses_one(rules, times, title):
    bound = edited(BASE, "tenants: {shop: {access: [{role: release, groups: [ops]}]}}")
    both = as_folders(sides(bound, bound))
    path = "manifests/cluster/access.yaml"
    changed = both.old.files[path].replace(RULE % "get, patch", rules)
    assert changed != both.old.files[path]
    both.__init__(both.old, folder({**both.new.files, path: changed}))
    found = steps(both)
    assert [each for each in titles(found) if each.startswith(("Take the rights", "Bring roles"))] == [title][
        : times - 1
    ]
    assert len(applied(found, "ClusterRole", "hardener:release")) == times


def test_a_quota_shrinks_after_a_look_at_what_is_used():
    large = "tenants: {shop: {namespaces: {web: {quota: large}}}}"
    found = rolled_out(before=[large])
    look = "$ kubectl get resourcequota -n web -o custom-columns=NAME:.metadata.name,USED:.status.used"
    assert step(found, "Tighten quotas").do == (look,)
    grown = rolled_out(large)
    assert [key_of(data)[0] for data in step(grown, "Let the quotas").apply] == ["ResourceQuota"]


def test_pods_restart_when_their_account_gets_no_token_any_more():
    account = "tenants: {shop: {namespaces: {web: {serviceAccounts: {app: {token: %s}}}}}}"
    found = rolled_out(account % "false", before=[account % "true"])
    assert "$ kubectl rollout restart deployments,statefulsets,daemonsets -n web" in step(found, "Take tokens").do


def test_another_provider_of_encryption_reads_before_it_writes():
    found = rolled_out(
        "controlPlane: {encryption: {provider: aescbc}}\nexceptions: [{rule: settings.weak, "
        "at: controlPlane.encryption.provider, reason: old, owner: us, "
        "expires: 2027-03-31}]"
    )
    commands = [line for line in lines(found) if "encryption-keys.sh" in line and "status" not in line]
    words = [line.split("encryption-keys.sh")[1].split()[:1] for line in commands]
    assert [word for (word,) in filter(None, words) if word != "take"] == ["add", "promote", "reencrypt", "drop"]
    script = (ROOT / "output/small/control-plane/encryption-keys.sh").read_text()
    assert all(re.search(rf"^ *{word[0]}(?: \||\))| \| {word[0]}", script, re.MULTILINE) for word in words if word)
    order(
        found,
        "Let every API server read",
        "Let the new key write",
        "Write all",
        "Drop the old",
        "Bring the files of enc",
    )
    assert all("crictl stop" in " ".join(step(found, each).do) for each in ("Let every", "Let the new", "Drop"))


def test_an_issuer_is_believed_beside_the_old_one_first_where_there_may_be_two():
    oidc = (
        "controlPlane: {authentication: {oidc: [{issuer: https://%s.example.com, audiences: [k], usernameClaim: sub}]}}"
    )
    found = steps(sides(edited(BASE, oidc % "old"), edited(BASE, oidc % "new")))
    order(found, "Believe the new issuer", "Bring the control plane")
    assert "https://old.example.com, https://new.example.com" in step(found, "Believe").do[0]


def test_another_name_of_the_profile_moves_the_output_and_nothing_on_any_host():
    found = rolled_out("metadata: {name: moved}")
    assert titles(found) == ["Commit the new output as a whole"]
    assert any("output/moving and is output/moved" in line for line in found[0].do)
    assert not any("its folder was" in line for line in lines(rolled_out("zones: {apps: {isolation: tenant}}")))


def test_what_a_file_says_below_its_first_comment_counts_beside_another_name():
    audit = "controlPlane: {audit: {log: {maxBackup: 20}}}"
    found = rolled_out("metadata: {name: moved}", audit)
    (one,) = [each for each in rolled_out(audit) if each.title.startswith("Bring the control plane")]
    assert step(found, "Bring the control plane").files == one.files
    both = as_folders(sides(BASE, BASE))
    path = "control-plane/audit-policy.yaml"
    kept = both.new.files[path].replace("this file.", "this file. Or do.", 1)
    both.__init__(both.old, folder({**both.new.files, path: kept}))
    assert step(steps(both), "Bring the control plane").files == (path,)


DELIVERS = "cluster: {delivery: {serviceAccounts: [%s]}}"


@pytest.mark.parametrize(
    ("account", "stops", "resumes"),
    [
        (
            "argocd/hardener-shop",
            ["$ argocd app set hardener-shop --sync-policy manual"],
            ["$ argocd app set hardener-shop --sync-policy automated --auto-prune --self-heal"],
        ),
        (
            "flux-system/hardener-shop",
            [f"$ flux suspend kustomization hardener-shop-{part}" for part in ("role", "rails", "access")],
            [f"$ flux resume kustomization hardener-shop-{part}" for part in ("role", "rails", "access")],
        ),
        (
            "flux-system/kustomize-controller",
            ["$ flux suspend kustomization NAME"],
            ["$ flux resume kustomization NAME"],
        ),
    ],
)
def test_what_delivers_is_called_by_its_name_if_the_profile_tells(account, stops, resumes):
    found = rolled_out(
        DELIVERS % account, BASELINE.replace("baseline", "restricted"), before=[DELIVERS % account, BASELINE]
    )
    assert [*step(found, "Keep what").do] == stops
    assert [line for line in found[-1].do if "argocd" in line or "flux" in line] == resumes


def test_both_tools_stand_in_one_line_if_the_profile_tells_of_none():
    (line,) = step(rolled_out(before=[BASELINE]), "Keep what").do
    assert "argocd app set APP --sync-policy manual; with Flux: flux suspend kustomization NAME" in line


def test_nothing_is_resumed_that_was_not_suspended():
    found = rolled_out(BASELINE)
    assert not any(title.startswith("Keep what") for title in titles(found))
    assert any(each.apply for each in found)
    assert not any("flux" in line or "argocd" in line for line in lines(found))


@pytest.mark.parametrize("account", ["argocd/hardener-shop", "flux-system/hardener-shop"])
def test_argo_cds_project_is_told_of_a_namespace_that_comes(account):
    cart = "tenants: {shop: {namespaces: {cart: {zone: apps}}}}"
    do = step(rolled_out(DELIVERS % account, cart, before=[DELIVERS % account]), "Make the namespaces").do
    assert any("add cart to both lists of the AppProject hardener-shop" in line for line in do) == ("argo" in account)
    assert ("$ kubectl apply -f delivery/argocd/project.yaml" in do) == ("argo" in account)


def test_kubelets_follow_the_api_server_and_are_drained():
    found = rolled_out("pools: {cards: {kubelet: {maxPods: 50}}}\ncontrolPlane: {audit: {log: {maxBackup: 20}}}")
    order(found, "Bring the control plane", "Bring the nodes")
    assert "$ kubectl drain NODE --ignore-daemonsets --delete-emptydir-data" in step(found, "Bring the nodes").do
    assert "nodes/cards/kubelet.yaml" in step(found, "Bring the nodes").files
    copied = [line for line in step(found, "Bring the control plane").do if "install" in line]
    assert copied
    assert all("! -name encryption-configuration.yaml" in line for line in copied)


def test_nodes_are_labelled_before_policies_select_by_the_labels():
    found = rolled_out(
        "zones: {more: {trust: 90, pools: [cards]}}\ntenants: {pay: {namespaces: {ledger: {zone: more}}}}"
    )
    order(found, "Give nodes the labels", "Make the namespaces", "Set the labels of each pool")
    pool, zone = "node-restriction.kubernetes.io/pool=cards", "zone.node-restriction.kubernetes.io/more=true"
    assert step(found, "Give nodes").do == (f"$ kubectl label nodes -l {pool} {zone}",)


def test_nodes_that_change_their_zone_are_emptied_first():
    text = edited(BASE, "pools: {spare: {}}\nzones: {apps: {pools: [spare]}}")
    swapped = text.replace("pools:\n    - spare", "pools: [cards]").replace("pools:\n    - cards", "pools: [spare]")
    found = steps(sides(text, swapped))
    order(found, "Empty the nodes that change", "Set the labels of each pool")


def test_from_psps_to_labels():
    found = steps(
        sides(
            written("zones: {a: {trust: 5}}\ntenants: {t: {namespaces: {web: {zone: a}}}}\n", version="1.24"),
            written("zones: {a: {trust: 5}}\ntenants: {t: {namespaces: {web: {zone: a}}}}\n", version="1.25"),
        )
    )
    order(
        found,
        "See that labels",
        "Switch the admission plugin",
        "Delete the PodSecurityPolicies",
        "Upgrade the control",
        "Set the labels",
        "Upgrade the nodes",
    )


@pytest.mark.parametrize("version", ["1.30", "1.31", "1.32"])
def test_kubeadms_configuration_is_migrated_where_its_version_changes(version):
    body = "zones: {a: {trust: 5}}\ntenants: {t: {namespaces: {web: {zone: a}}}}\n"
    before = f"1.{int(version[2:]) - 1}"
    found = steps(sides(written(body, version=before), written(body, version=version)))
    migrating = [line for line in lines(found) if "kubeadm config migrate" in line]
    assert bool(migrating) == (version == "1.31")


def test_several_versions_at_once_and_the_way_back_are_not_steps():
    there = rolled_out("cluster: {kubernetes: '1.36'}", before=["cluster: {kubernetes: '1.33'}"])
    assert "one minor version at a time" in " ".join(titles(there))
    back = rolled_out("cluster: {kubernetes: '1.35'}")
    assert "no way back" in " ".join(titles(back))


def test_nothing_to_do_is_said(capsys):
    small = str(ROOT / "profiles/small.yaml")
    assert main(["diff", small, small, "--steps"]) == 0
    assert capsys.readouterr().out == "nothing changes: there is nothing to roll out\n"


def test_the_example_in_the_readme_is_what_is_said(tmp_path, monkeypatch, capsys):
    readme = (ROOT / "README.md").read_text()
    (shown,) = re.findall(r"^```\n\$ (hardener diff old.yaml new.yaml --steps)\n(.*?)^```$", readme, re.M | re.S)
    monkeypatch.chdir(tmp_path)
    small = (ROOT / "profiles/small.yaml").read_text()
    Path("old.yaml").write_text(small)
    Path("new.yaml").write_text(small.replace("ports: [8443]", "ports: [9443]"))
    assert main(shown[0].split()[1:]) == 0
    assert capsys.readouterr().out == shown[1]


@pytest.fixture
def two(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("old one.yaml").write_text(edited(BASE, BASELINE))
    Path("new.yaml").write_text(BASE)
    return ["diff", "old one.yaml", "new.yaml"]


def test_each_step_prints_what_it_applies(two, capsys):
    assert main([*two, "--steps", "--format", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    told = whole["steps"]
    asked = Draft202012Validator(schema())
    asked.check_schema(schema())
    asked.validate(whole)
    for key in told[0]:
        assert not asked.is_valid({**whole, "steps": [{each: told[0][each] for each in told[0] if each != key}]})
    assert [each["number"] for each in told] == list(range(1, len(told) + 1))
    for each in told:
        assert main([*two, "--step", str(each["number"])]) == 0
        assert json.loads(capsys.readouterr().out) == {"apiVersion": "v1", "kind": "List", "items": each["apply"]}
    assert main([*two, "--steps"]) == 0
    said = capsys.readouterr().out
    assert "$ hardener diff 'old one.yaml' new.yaml --step 2 | kubectl apply --server-side" in said
    assert said == said.encode("ascii").decode()


def test_a_step_that_applies_nothing_says_what_to_do_instead(two, capsys):
    assert main([*two, "--steps", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["steps"]
    for each in told:
        assert main([*two, "--step", str(each["number"])]) == 0
        said = capsys.readouterr().err
        if each["apply"]:
            assert said == ""
        else:
            commands = [line for line in each["do"] if line.startswith("$ ")]
            called = "its commands are" if commands else "what is to be done is"
            assert said.startswith(f"step {each['number']} applies nothing; {called}:\n  ")
            assert (commands or each["do"]) == re.findall(r"^  (.*)$", said, re.MULTILINE)
    assert any(not each["apply"] for each in told)


def test_the_first_step_renders_the_new_side_if_it_is_a_profile(two, capsys):
    def first(*words):
        assert main(["diff", *words, "--steps", "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)["steps"][0]["do"]

    rendering = "the steps name files of the new output: render it first, and commit it with the last step"
    assert first(*two[1:])[:2] == [f"{rendering}:", "$ hardener render new.yaml"]
    assert first("new.yaml", "old one.yaml")[:2] == [f"{rendering}:", "$ hardener render 'old one.yaml'"]
    assert main(["render", "new.yaml", "--unproven"]) == 0
    capsys.readouterr()
    assert not any("hardener render" in line for line in first("old one.yaml", "output/moving"))


def test_a_step_that_only_deletes_says_by_which_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(edited(BASE, "tenants: {shop: {namespaces: {cart: {zone: apps}}}}"))
    Path("new.yaml").write_text(BASE)
    found = steps(sides(Path("old.yaml").read_text(), BASE))
    number = titles(found).index("Delete the namespaces that leave: cart") + 1
    assert main(["diff", "old.yaml", "new.yaml", "--step", str(number)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["items"] == []
    assert shown.err == f"step {number} applies nothing; its commands are:\n  $ kubectl delete namespace cart\n"


def test_a_step_that_applies_and_deletes_says_both(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    more = "flows: [{from: {namespace: api, pods: {app: a}}, to: {namespace: web}, ports: [9000]}]"
    Path("old.yaml").write_text(edited(BASE, more))
    Path("new.yaml").write_text(BASE)
    assert main(["diff", "old.yaml", "new.yaml", "--steps", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["steps"]
    both = [each for each in told if each["apply"] and each["delete"]]
    for each in both:
        assert main(["diff", "old.yaml", "new.yaml", "--step", str(each["number"])]) == 0
        shown = capsys.readouterr()
        assert json.loads(shown.out)["items"] == each["apply"]
        first, *others = shown.err.splitlines()
        assert first == f"step {each['number']} deletes as well; once this is applied:"
        assert len(others) == len(each["delete"])
        assert all(line.startswith("  $ kubectl delete ") for line in others)
    assert both


@pytest.mark.parametrize(
    ("options", "what"), [(["--step", "99"], "there is no step 99"), (["--steps", "--format", "sarif"], "not as sarif")]
)
def test_what_cannot_be_told_is_refused(two, options, what, capsys):
    assert main([*two, *options]) == 2
    assert what in capsys.readouterr().err


def test_a_file_that_nobody_understands_still_belongs_to_a_step():
    both = as_folders(sides(BASE, BASE))
    new = folder({**both.new.files, "manifests/cluster/more.yaml": "kind: What\nmetadata: {name: x}\n"})
    both.__init__(both.old, new)
    assert [file for each in steps(both) for file in each.files] == ["manifests/cluster/more.yaml"]


def test_no_name_of_an_object_runs_in_the_shell_of_whoever_copies_a_command():
    both = as_folders(sides(BASE, BASE))
    path = "manifests/namespaces/api/access.yaml"
    hostile = both.old.files[path].replace("name: hardener:viewer\n  namespace", 'name: "a$(id);\'b"\n  namespace')
    assert hostile != both.old.files[path]
    both.__init__(folder({**both.old.files, path: hostile}), both.new)
    said = text(steps(both), str, "profile.yaml")
    (command,) = [line.strip() for line in said.splitlines() if "kubectl delete rolebinding" in line]
    assert shlex.split(command)[1:] == ["kubectl", "delete", "rolebinding", "-n", "api", "a$(id);'b"]


def test_no_label_of_a_folder_runs_either():
    both = as_folders(sides(BASE, BASE))
    path = "nodes/cards/node.labels"
    both.__init__(both.old, folder({**both.new.files, path: f"{both.new.files[path]}x=$(id)\n"}))
    assert any(shlex.split(line)[-1] == "x=$(id)" for line in lines(steps(both)) if "kubectl label" in line)
