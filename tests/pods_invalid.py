"""Pods of the right shape that no API server takes, and pods just beside them that it does."""

from __future__ import annotations

from typing import Any

from tests.pods_at_random import base

Pod = dict[str, Any]


def of(container: Pod | None = None, **spec: Any) -> Pod:
    """A pod that is as it should be, but for something in its spec or its container."""
    pod = base()
    pod["spec"]["containers"][0] |= container or {}
    pod["spec"] |= spec
    return pod


def second(name: str) -> Pod:
    """A pod with a second container."""
    pod = base()
    pod["spec"]["containers"].append(pod["spec"]["containers"][0] | {"name": name})
    return pod


def tolerating(**fields: Any) -> Pod:
    """A pod with a toleration."""
    return of(tolerations=[fields])


def mounting(*mounts: Pod, volumes: tuple[Pod, ...] = ({"name": "t", "emptyDir": {}},)) -> Pod:
    """A pod with volumes and mounts."""
    return of({"volumeMounts": list(mounts)}, volumes=list(volumes))


def asking(requests: Pod, limits: Pod) -> Pod:
    """A pod that asks for something."""
    return of({"resources": {"requests": requests, "limits": limits}})


def on_windows() -> Pod:
    """A pod of Windows that says nothing of Linux, but what its pod says."""
    pod = of(os={"name": "windows"})
    pod["spec"]["containers"][0]["securityContext"] = {"runAsNonRoot": True}
    return pod


KEY = "node.kubernetes.io/not-ready"

INVALID: tuple[tuple[str, Pod], ...] = (
    ("another container has this name", second("main")),
    ("no name of a container", second("Main")),
    ("no name of a container", second("m" * 64)),
    ("from 1 to 65535", of({"ports": [{"containerPort": 99999}]})),
    ("from 1 to 65535", of({"ports": [{"containerPort": 0}]})),
    ("from 1 to 65535", of({"ports": [{"containerPort": 1, "hostPort": -1}]})),
    ("none of TCP", of({"ports": [{"containerPort": 1, "protocol": "tcp"}]})),
    ("no name of a port", of({"ports": [{"containerPort": 1, "name": "a-name-that-is-long"}]})),
    ("no name of a port", of({"ports": [{"containerPort": 1, "name": "123"}]})),
    ("no name of a port", of({"ports": [{"containerPort": 1, "name": "a--b"}]})),
    ("another port", of({"ports": [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]})),
    ("another volume", of(volumes=[{"name": "t", "emptyDir": {}}, {"name": "t", "emptyDir": {}}])),
    ("one that is no name", of(volumes=[{"name": "T_x", "emptyDir": {}}])),
    ("a volume is one thing", of(volumes=[{"name": "t", "emptyDir": {}, "configMap": {"name": "a"}}])),
    ("no volume of this name", mounting({"name": "nope", "mountPath": "/x"})),
    ("where to mount it", mounting({"name": "t"})),
    ("mounted here", mounting({"name": "t", "mountPath": "/x"}, {"name": "t", "mountPath": "/x"})),
    ("more cpu than its limit of 500m", asking({"cpu": 1}, {"cpu": "500m"})),
    ("more memory than its limit", asking({"memory": "1e9"}, {"memory": "953Mi"})),
    ("less than nothing", asking({"cpu": "-1"}, {})),
    ("needs a limit", asking({"nvidia.com/gpu": 1}, {})),
    ("must be the limit of 2", asking({"nvidia.com/gpu": 1}, {"nvidia.com/gpu": 2})),
    ("needs a limit", asking({"hugepages-2Mi": "2Mi", "cpu": "1m"}, {})),
    ("no operator", tolerating(key=KEY, operator="Foo")),
    ("there is no value", tolerating(key=KEY, operator="Exists", value="x")),
    ("must say Exists", tolerating(operator="Equal", value="x")),
    ("no effect", tolerating(key=KEY, operator="Exists", effect="Never")),
    ("NoExecute alone", tolerating(key=KEY, operator="Exists", effect="NoSchedule", tolerationSeconds=1)),
    ("none of Always", of(restartPolicy="Sometimes")),
    ("none of ClusterFirst", of(dnsPolicy="Mine")),
    ("no name", of(hostname="A.b")),
    ("no name", of(subdomain="a.b")),
    ("no name", of(serviceAccountName="A")),
    ("not between 1", of(activeDeadlineSeconds=0)),
    ("not between 1", of(activeDeadlineSeconds=2**31)),
    ("of windows does not say this", of(os={"name": "windows"})),
    ("of windows does not say this", {**on_windows(), "spec": on_windows()["spec"] | {"hostPID": True}}),
    ("of windows does not say this", {**on_windows(), "spec": on_windows()["spec"] | {"hostUsers": True}}),
    (
        "of linux does not say this",
        of(os={"name": "linux"}, securityContext={"windowsOptions": {"runAsUserName": "a"}}),
    ),
    ("neither linux nor windows", of(os={"name": "plan9"})),
)

VALID: tuple[Pod, ...] = (
    base(),
    second("other"),
    of({"ports": [{"containerPort": 1, "name": "a-1", "protocol": "SCTP"}, {"containerPort": 65535}]}),
    of({"ports": [{"containerPort": 1, "hostPort": 1}]}),
    of(volumes=[{"name": "t"}]),
    mounting({"name": "t", "mountPath": "/x"}, {"name": "t", "mountPath": "/y"}),
    asking({"cpu": 1}, {"cpu": "1000m"}),
    asking({"memory": "1e3"}, {"memory": "1k"}),
    asking({"cpu": "1m"}, {}),
    asking({"nvidia.com/gpu": 1}, {"nvidia.com/gpu": 1}),
    asking({}, {"nvidia.com/gpu": 1}),
    tolerating(operator="Exists"),
    tolerating(key=KEY, operator="Exists", effect="NoExecute", tolerationSeconds=1),
    tolerating(key=KEY),
    of(activeDeadlineSeconds=1),
    of(hostname="a", subdomain="b", restartPolicy="Never", dnsPolicy="Default"),
    of(os={"name": "linux"}),
    on_windows(),
)
