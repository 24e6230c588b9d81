"""A Helm chart that makes the same objects: values a person would write, one template for each kind of thing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from tests.bench.scale import flows, names

CHART = """\
apiVersion: v2
name: scale
version: 0.1.0
"""

HELPERS = """\
{{- define "scale.labels" -}}
app.kubernetes.io/managed-by: hardener
{{- end -}}
"""

NAMESPACES = """\
{{- range .Values.namespaces }}
---
apiVersion: v1
kind: Namespace
metadata:
  name: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
    hardener.dev/tenant: {{ .tenant }}
    hardener.dev/zone: apps
    {{- range $mode := list "enforce" "audit" "warn" }}
    pod-security.kubernetes.io/{{ $mode }}: restricted
    pod-security.kubernetes.io/{{ $mode }}-version: {{ $.Values.podSecurityVersion }}
    {{- end }}
  annotations:
    {{- toYaml $.Values.annotations | nindent 4 }}
{{- end }}
"""

QUOTAS = """\
{{- range .Values.namespaces }}
---
apiVersion: v1
kind: ResourceQuota
metadata:
  name: hardener
  namespace: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
spec:
  hard:
    {{- toYaml $.Values.quota | nindent 4 }}
---
apiVersion: v1
kind: LimitRange
metadata:
  name: hardener
  namespace: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
spec:
  limits:
    {{- toYaml $.Values.limits | nindent 4 }}
{{- end }}
"""

ACCOUNTS = """\
{{- range $namespace := .Values.namespaces }}
{{- range $.Values.serviceAccounts }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ $namespace.name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
automountServiceAccountToken: {{ .token }}
{{- end }}
{{- end }}
"""

ACCESS = """\
{{- range $namespace := .Values.namespaces }}
{{- range $role, $suffix := $.Values.groups }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: hardener:{{ $role }}
  namespace: {{ $namespace.name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: hardener:{{ $role }}
subjects:
  - kind: Group
    name: {{ $namespace.tenant }}{{ $suffix }}
    apiGroup: rbac.authorization.k8s.io
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: hardener:viewer
  namespace: {{ $namespace.name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: hardener:viewer
subjects:
  - kind: ServiceAccount
    name: worker
    namespace: {{ $namespace.name }}
{{- end }}
"""

NETWORK = """\
{{- range .Values.namespaces }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-dns
  namespace: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - port: 53
          protocol: TCP
        - port: 53
          protocol: UDP
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: flows-all
  namespace: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    {{- range .calls }}
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .namespace }}
          podSelector:
            matchLabels:
              app: api
      ports:
        - port: {{ .port }}
          protocol: TCP
    {{- end }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: flows-app.api
  namespace: {{ .name }}
  labels:
    {{- include "scale.labels" $ | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app: api
  policyTypes: [Ingress]
  ingress:
    {{- range .callers }}
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .namespace }}
      ports:
        - port: {{ .port }}
          protocol: TCP
    {{- end }}
{{- end }}
"""

TEMPLATES = {
    "_helpers.tpl": HELPERS,
    "namespaces.yaml": NAMESPACES,
    "quotas.yaml": QUOTAS,
    "accounts.yaml": ACCOUNTS,
    "access.yaml": ACCESS,
    "network.yaml": NETWORK,
}
# In the list of namespaces that an admission policy holds in.
NAMES = """\
            {{- range .Values.namespaces }}
            - {{ .name }}
            {{- end }}
"""
ACCOUNTS_OF_ALL = [
    {"name": "default", "token": False},
    {"name": "app", "token": False},
    {"name": "worker", "token": True},
]
GROUPS = {"admin": "-leads", "developer": "", "operator": "-operations"}


def peers(count: int) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """Whom each namespace calls, and who calls it, each with the port."""
    calls, callers = defaultdict(list), defaultdict(list)
    for source, target, port in flows(count):
        calls[source].append({"namespace": target, "port": port})
        callers[target].append({"namespace": source, "port": port})
    return calls, callers


def values(count: int, rendered: Path) -> dict[str, Any]:
    """What a person would write into values.yaml; what all namespaces have in common is what hardener rendered."""
    namespace = yaml.load((rendered / "namespaces/team-0-app-0/namespace.yaml").read_text(), yaml.CSafeLoader)
    quota, limits = yaml.load_all((rendered / "namespaces/team-0-app-0/quotas.yaml").read_text(), yaml.CSafeLoader)
    calls, callers = peers(count)
    return {
        "podSecurityVersion": "v1.34",
        "annotations": namespace["metadata"]["annotations"],
        "quota": quota["spec"]["hard"],
        "limits": limits["spec"]["limits"],
        "serviceAccounts": ACCOUNTS_OF_ALL,
        "groups": GROUPS,
        "namespaces": [
            {"name": name, "tenant": tenant, "calls": calls[name], "callers": callers[name]}
            for tenant, name in names(count)
        ],
    }


def write_chart(folder: Path, count: int, rendered: Path) -> None:
    """Write the chart. The cluster's own objects are taken as hardener rendered them, but for the names in lists."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "values.yaml").write_text(yaml.dump(values(count, rendered), Dumper=yaml.CSafeDumper))
    for name, text in TEMPLATES.items():
        (folder / "templates" / name).write_text(text)
    listed = "".join(f"            - {name}\n" for name in sorted(name for _, name in names(count)))
    for name, text in of_the_cluster(rendered).items():
        (folder / "templates" / f"cluster-{name}").write_text(text.replace(listed, NAMES))


def of_the_cluster(rendered: Path) -> dict[str, str]:
    """Texts of objects that belong to no tenant, by a file's name."""
    system = rendered / "namespaces/kube-system"
    files = [*sorted((rendered / "cluster").glob("*.yaml")), *sorted(system.glob("*.yaml"))]
    return {file.name: file.read_text() for file in files}
