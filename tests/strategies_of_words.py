"""The sections of a profile made at random, one function a word; `strategies` puts them together."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Data = dict[str, Any]

BUILT_IN = ("small", "medium", "large")
# Names that Kubernetes takes, and YAML takes for something else if nobody quotes them; and the longest.
NAMES = st.sampled_from(
    ["a", "web", "shop-api", "0", "007", "1e3", "0x1f", "1-2", "a--b", "yes", "no", "on", "true", "null", "y", "x" * 63]
)
LINES = st.sampled_from(
    [
        *(
            "a reason",
            "{{ 1 }}",
            "{% raw %}",
            "# no comment",
            "- x",
            "key: value",
            "yes",
            "1e3",
            "~",
            '"quoted"',
            "it's",
        ),
        *(
            "*a",
            "&a",
            "\\n",
            "über 🙂 漢字",
            "%TAG",
            "@x",
            "`x`",
            "!x",
            "| ",
            "a #b",
            "[x]",
            "{x: y}",
            "1.30",
            "=",
            "<<",
        ),
        *("?", "null", "x" * 1000),
    ]
)


def names() -> st.SearchStrategy[str]:
    """Names that Kubernetes takes and keeps for nobody."""
    return NAMES


def lines() -> st.SearchStrategy[str]:
    """One line of text; many of them mean something to YAML or Jinja2."""
    return LINES


def labels(min_size: int = 0) -> st.SearchStrategy[Data]:
    """Labels that somebody may give to what is theirs."""
    values = st.sampled_from(["", "web", "1.10", "yes", "A_b", "0"])
    return st.dictionaries(st.sampled_from(["app", "example.com/tier", "Team"]), values, min_size=min_size, max_size=2)


def metadata() -> st.SearchStrategy[Data]:
    """What the profile is called."""
    return st.fixed_dictionaries({"name": NAMES}, optional={"description": lines()})


def subjects() -> st.SearchStrategy[Data]:
    """Groups and users, as an identity provider sends them: anything but the system's own."""
    people = st.sampled_from(["staff", "jo@example.com", "oidc:team/ops", "Ops Team", "{{ x }}", "yes", "über"])
    some = st.lists(people, min_size=1, max_size=2, unique=True)
    return st.one_of(
        st.fixed_dictionaries({"groups": some}, optional={"users": some}), st.fixed_dictionaries({"users": some})
    )


def pools() -> st.SearchStrategy[Data]:
    """Pools of nodes, with and without taints of their own."""
    taint = st.fixed_dictionaries(
        {
            "key": st.sampled_from(["example.com/kind", "dedicated"]),
            "effect": st.sampled_from(["NoSchedule", "NoExecute"]),
        },
        optional={"value": st.sampled_from(["", "yes", "1"])},
    )
    pool = st.fixed_dictionaries(
        {},
        optional={
            "taints": st.lists(taint, min_size=1, max_size=2, unique_by=lambda taint: taint["key"]),
            "labels": labels(),
            "kubelet": st.fixed_dictionaries({}, optional={"maxPods": st.integers(10, 250)}),
            "sysctls": st.just({"net.ipv4.tcp_syncookies": 1}),
            "blockedModules": st.just(["dccp", "rds"]),
        },
    )
    return st.dictionaries(NAMES, pool, max_size=3)


def quotas() -> st.SearchStrategy[Data]:
    """Quota classes of one's own, large enough for a pod that asks for nothing."""
    amounts = st.fixed_dictionaries(
        {"pods": st.sampled_from([10, "50"])},
        optional={
            "requests.cpu": st.sampled_from(["4", 8, "2500m"]),
            "requests.memory": st.sampled_from(["8Gi", "16G"]),
            "configmaps": st.just(20),
        },
    )
    return st.dictionaries(NAMES, amounts, max_size=1)


def limits() -> st.SearchStrategy[Data]:
    """Limits classes of one's own, which give whatever a quota counts."""
    given = {"cpu": "500m", "memory": "256Mi"}
    asked = {"cpu": "100m", "memory": "128Mi"}
    limit = st.fixed_dictionaries(
        {"default": st.just(given), "defaultRequest": st.just(asked)},
        optional={"max": st.just({"cpu": 2, "memory": "1Gi"}), "min": st.just({"memory": "16Mi"})},
    )
    return st.dictionaries(NAMES, limit, max_size=1)


@st.composite
def zones(draw: st.DrawFn, pools: Data, quotas: Data, limits: Data, version: str) -> Data:
    """Zones of any trust, on any of the pools; pools of unequal trust need an exception, and get it."""
    zone = st.fixed_dictionaries(
        {"trust": st.integers(0, 100)},
        optional={
            "podSecurity": _pod_security(version),
            "pools": st.lists(st.sampled_from(list(pools)), max_size=2, unique=True) if pools else st.just([]),
            "isolation": st.sampled_from(["pod", "namespace", "tenant"]),
            "dns": st.booleans(),
            "registries": st.sampled_from([["registry.example.com/"], ["quay.io/shop/", "docker.io/library/nginx"]]),
            "digests": st.booleans(),
            "signers": st.sampled_from(
                [
                    [{"publicKey": "cosign-key"}],
                    [{"issuer": "https://issuer.example.com", "identity": "ci@example.com"}],
                ]
            ),
            "userNamespaces": st.booleans(),
            "priorityClasses": st.sampled_from([[], ["gold", "system-cluster-critical"]]),
            "runtimeClass": st.sampled_from(["gvisor", "kata.qemu"]),
            "seccomp": st.sampled_from(["RuntimeDefault", "Localhost/web.json"]),
            "appArmor": st.sampled_from(["RuntimeDefault", "Localhost/web"]),
            "seLinux": st.sampled_from([{"type": "container_t"}, {"level": "s0:c1,c2"}]),
            "capabilities": st.sampled_from([[], ["NET_BIND_SERVICE"]]),
            "quota": st.sampled_from([*BUILT_IN, *quotas]),
            "limits": st.sampled_from([*BUILT_IN, *limits]),
            "exposed": st.booleans(),
        },
    )
    return draw(st.dictionaries(NAMES, zone, min_size=1, max_size=3))


def _pod_security(version: str) -> st.SearchStrategy[Any]:
    levels = st.sampled_from(["restricted", "baseline", "privileged"])
    modes = st.fixed_dictionaries(
        {}, optional={"enforce": levels, "audit": st.just("restricted"), "version": st.just(version)}
    )
    return levels | modes


def roles() -> st.SearchStrategy[Data]:
    """Roles of one's own for namespaces; some are weak, and get the exception that they need."""
    resources = st.sampled_from(["pods", "pods/log", "configmaps", "deployments.apps", "jobs.batch", "services"])
    verbs = st.sampled_from(["get", "list", "watch", "update", "patch"])
    rule = st.fixed_dictionaries(
        {
            "resources": st.lists(resources, min_size=1, max_size=3, unique=True),
            "verbs": st.lists(verbs, min_size=1, max_size=3, unique=True),
        },
        optional={"names": st.lists(st.sampled_from(["release", "a.b", "web-1"]), min_size=1, max_size=2, unique=True)},
    )
    weak = st.sampled_from(
        [
            {"resources": ["secrets"], "verbs": ["get"]},
            {"resources": ["pods/exec"], "verbs": ["create"]},
            {"resources": ["*.apps"], "verbs": ["get", "*"]},
            {"resources": ["networkpolicies.networking.k8s.io"], "verbs": ["patch"]},
        ]
    )
    own = st.lists(rule | weak, min_size=1, max_size=2)
    return st.dictionaries(NAMES, own, max_size=2)


def path_roles() -> st.SearchStrategy[Data]:
    """Roles of one's own that only cluster-wide grants may give."""
    rule = {"paths": ["/metrics", "/healthz/*"], "verbs": ["get"]}
    return st.sampled_from([{}, {"path-role": [rule]}])


@st.composite
def tenants(draw: st.DrawFn, zones: Data, quotas: Data, limits: Data, roles: Data) -> Data:
    """Tenants with one to three namespaces each; no name belongs to two of them."""
    account = st.fixed_dictionaries(
        {}, optional={"token": st.booleans(), "roles": st.just(["viewer"]) | st.just(list(roles)[:1])}
    )
    namespace = st.fixed_dictionaries(
        {"zone": st.sampled_from(list(zones))},
        optional={
            "quota": st.sampled_from([*BUILT_IN, *quotas]),
            "limits": st.sampled_from([*BUILT_IN, *limits]),
            "labels": labels(),
            "annotations": st.dictionaries(st.just("example.com/note"), lines(), max_size=1),
            "serviceAccounts": st.dictionaries(st.sampled_from(["app", "settle.v2"]), account, max_size=2),
        },
    )
    owners = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    spaces = iter(draw(st.lists(NAMES, min_size=3 * len(owners), max_size=3 * len(owners), unique=True)))
    found: Data = {}
    for owner in owners:
        mine = {next(spaces): draw(namespace) for _ in range(draw(st.integers(1, 3)))}
        found[owner] = {"namespaces": mine, "access": draw(st.lists(_grants(mine, roles), max_size=2))}
    return found


@st.composite
def _grants(draw: st.DrawFn, namespaces: Data, roles: Data) -> Data:
    granted = ["viewer", "developer", "deployer", "operator", "admin", *roles]
    accounts = [f"{space}/{name}" for space, entry in namespaces.items() for name in entry.get("serviceAccounts", ())]
    people = subjects()
    if accounts:
        people |= st.sampled_from(accounts).map(lambda account: {"serviceAccounts": [account]})
    grant = {"role": draw(st.sampled_from(granted)), **draw(people)}
    some = st.lists(st.sampled_from(list(namespaces)), min_size=1, max_size=2, unique=True)
    return {**grant, "namespaces": draw(some)} if draw(st.booleans()) else grant


@st.composite
def cluster_access(draw: st.DrawFn, roles: Data, tenants: Data) -> list[Data]:
    """Cluster-wide grants, to people and to service accounts; these need an exception, and get it."""
    granted = st.sampled_from(["auditor", "breakGlass", *roles])
    holders = subjects()
    accounts = [
        f"{space}/{name}"
        for tenant in tenants.values()
        for space, entry in tenant["namespaces"].items()
        for name in entry.get("serviceAccounts", ())
    ]
    if accounts:
        holders |= st.sampled_from(accounts).map(lambda account: {"serviceAccounts": [account]})
    return [{"role": draw(granted), **draw(holders)} for _ in range(draw(st.integers(0, 2)))]


def images(zones: Data, version: str) -> st.SearchStrategy[Data]:
    """Verifiers that run at this version, and tell apart what the zones have them tell apart."""
    signers = {str(zone["signers"]) for zone in zones.values() if zone.get("signers")}
    scanning = {"scanning": st.booleans()}
    known = [st.fixed_dictionaries({}, optional=scanning)]
    if int(version.partition(".")[2]) >= 25:
        asked = scanning | ({"maxAge": st.integers(1, 90)} if signers else {})
        known.append(st.fixed_dictionaries({"verifier": st.just("kyverno")}, optional=asked))
    if len(signers) <= 1:
        known.append(st.fixed_dictionaries({"verifier": st.just("sigstore")}, optional=scanning))
    return st.one_of(known)


def runtime() -> st.SearchStrategy[Data]:
    """Detection while pods run."""
    quiet = {"process.shell": ["kube-system"]}
    return st.sampled_from([{}, {"falco": True}, {"falco": True, "quiet": quiet}])


def control_planes(cluster: Data) -> st.SearchStrategy[Data]:
    """Settings at least as strict as the defaults."""
    log = st.one_of(
        st.fixed_dictionaries({"maxAge": st.integers(30, 90), "maxBackup": st.integers(10, 20)}),
        st.fixed_dictionaries({"maxAge": st.integers(30, 90), "dailySize": st.integers(1, 5000)}),
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "audit": st.fixed_dictionaries({}, optional={"log": log}),
            "encryption": st.sampled_from(
                [{}, {"provider": "secretbox"}, {"provider": "kms", "kms": {"endpoint": "unix:///run/kms/kms.sock"}}]
            ),
            "serviceNodePortRange": st.just("30000-30100"),
        },
    )


def compliance() -> st.SearchStrategy[Data]:
    """Frameworks to report on."""
    level = st.fixed_dictionaries({}, optional={"level": st.sampled_from([1, 2])})
    return st.fixed_dictionaries({}, optional={"cis": level, "nsa": st.just({}), "stig": st.just({})})
