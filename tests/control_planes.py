"""Profiles that ask for much of the control plane and of nodes, and what becomes of them at every version."""

from __future__ import annotations

from hardener.artifact import Artifact
from hardener.catalog import supported
from hardener.emitters import audit, nodes, secrets, serving, settings
from hardener.expand import expand
from hardener.plan import Plan
from hardener.profile import Profile, read
from hardener.rules import read_sound
from hardener.source import parse
from tests.remember import remembered
from tests.rendering import written

VERSIONS = supported()

# Nothing is said of the control plane: everything is at its default.
SILENT = ""

# Every key of the control plane and of pools, none at its default.
EVERYTHING = """\
  apiServer: {port: 8443}
  systemNamespaces: [kube-system, calico-system]
zones:
  office: {trust: 20}
  plant: {trust: 60, pools: [plant]}
  cards: {trust: 90, pools: [cards]}
pools:
  plant: {}
  cards:
    taints:
      - {key: example.com/cards, effect: NoExecute}
      - {key: example.com/audited, value: "yes", effect: NoSchedule}
    labels: {example.com/rack: r7}
    kubelet:
      maxPods: 60
      podPidsLimit: 1024
      reserved: {system: {cpu: 500m, memory: 1024Mi}, kube: {cpu: 0.25, ephemeralStorage: 2Gi, pid: 1000}}
      eviction: {memory.available: 500Mi, pid.available: 10%}
      eventRecordQPS: 20
      streamingConnectionIdleTimeout: 1m
      containerLogMaxSize: 5Mi
      containerLogMaxFiles: 3
      shutdownGracePeriod: 60s
      shutdownGracePeriodCriticalPods: 20s
    sysctls: {net.core.somaxconn: 1024, kernel/sysrq: "0"}
    blockedModules: [floppy, dccp]
  spare: {}
controlPlane:
  audit:
    level: RequestResponse
    log: {maxAge: 60, maxBackup: 20, maxSize: 200}
    webhook:
      server: https://audit.example.com/k8s
      certificateAuthority: /etc/kubernetes/pki/audit-ca.crt
      clientCertificate: /srv/audit/client.crt
      clientKey: /srv/audit/client.key
      mode: blocking
  encryption:
    provider: kms
    resources: [secrets, configmaps]
    kms: {endpoint: "unix:///run/kms/kms.sock", name: vault, timeout: 5s}
  authentication:
    oidc:
      - issuer: https://login.example.com/realm
        audiences: [kubernetes]
        usernameClaim: email
        groupsClaim: groups
        usernamePrefix: "staff:"
        groupsPrefix: "teams:"
        requiredClaims: {hd: example.com, acr: "2"}
        certificateAuthority: |
          -----BEGIN CERTIFICATE-----
          MIIBijCCATGgAwIBAgIUWW6T7QY9TiO849A/dR3CJkqbWUEwCgYIKoZIzj0EAwIw
          GjEYMBYGA1UEAwwPbG9naW4gYXV0aG9yaXR5MCAXDTI2MTEyMTEzMjg0NVoYDzIx
          MjYxMDI4MTMyODQ1WjAaMRgwFgYDVQQDDA9sb2dpbiBhdXRob3JpdHkwWTATBgcq
          hkjOPQIBBggqhkjOPQMBBwNCAATXZ3jC8Hv1A42jblNalAVoPCn4DeMVsLXe1afb
          46ZICjck5Wf6zyyHdE+fxRP62Jl7NaqwC1gnDoQ3wOE70oo2o1MwUTAdBgNVHQ4E
          FgQUWXHF1Td3q3W8lakJpPjFap/r+C4wHwYDVR0jBBgwFoAUWXHF1Td3q3W8lakJ
          pPjFap/r+C4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBfX669
          r0LUXlIq8e/IqsvwFa0kMP35CIhCXO2N5IIknQIgb76e3vsN6oHtgO5h8Jz96blm
          AOQhhnvTQAZ6Za4amGQ=
          -----END CERTIFICATE-----
    bootstrapTokens: true
    proxy: {names: [login-proxy]}
    webhook: {server: "https://tokens.example.com", cache: 1m}
  authorization:
    chain: [Node, Webhook, RBAC]
    webhook: {server: "https://rights.example.com", timeout: 5s, allowedFor: 1m, deniedFor: 10s}
  admission:
    podSecurity: restricted
    eventRateLimit: {namespace: {qps: 10, burst: 20}, user: {qps: 30, burst: 40}, server: {qps: 1000, burst: 2000}}
    plugins: [OwnerReferencesPermissionEnforcement]
  tls: {ciphers: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}
  serviceNodePortRange: 30000-30100
  etcd: {quotaBytes: 8589934592}
  requests: {inflight: 800, mutating: 300, timeout: 30s}
  rotation: {certificates: 2160h, tokens: 12h}
exceptions:
  - rule: settings.weak
    at: controlPlane.authentication.bootstrapTokens
    reason: nodes come and go by the hour
    owner: platform
    expires: 2027-03-31
  - rule: settings.weak
    at: controlPlane.authorization.chain
    reason: what the webhook denies RBAC must not allow
    owner: platform
    expires: 2027-03-31
"""

# What is weaker than the default, and accepted.
WEAK = """\
controlPlane:
  audit: {level: Metadata}
  encryption: {provider: aescbc, plaintext: true}
  authentication: {anonymous: health}
  admission: {alwaysPullImages: false, denyServiceExternalIPs: false, podSecurity: baseline}
  tls: {minVersion: VersionTLS13}
  rotation: {servingCertificates: false}
pools:
  loose:
    kubelet: {seccompDefault: false, protectKernelDefaults: false, allowedUnsafeSysctls: [net.core.somaxconn]}
"""

BODIES = {"silent": SILENT, "everything": EVERYTHING, "weak": WEAK}


def profile(body: str, version: str = "1.34", distribution: str = "kubeadm") -> Profile:
    """The profile, whatever the rules say of it."""
    return read(parse(_text(body, version, distribution), "profile.yaml"))


def sound_profile(body: str, version: str = "1.34", distribution: str = "kubeadm") -> Profile:
    """The profile, if the rules have nothing against it."""
    return read_sound(parse(_text(body, version, distribution), "profile.yaml"))


@remembered
def plan(body: str, version: str = "1.34", distribution: str = "kubeadm") -> Plan:
    """What hardener decides."""
    return expand(profile(body, version, distribution))


@remembered
def artifacts(body: str, version: str = "1.34", distribution: str = "kubeadm") -> tuple[Artifact, ...]:
    """The files for hosts, by path."""
    decided = plan(body, version, distribution)
    emitted = [artifact for word in (settings, secrets, audit, nodes, serving) for artifact in word.emit(decided)]
    for_hosts = (artifact for artifact in emitted if not artifact.path.startswith("manifests/"))
    return tuple(sorted(for_hosts, key=lambda artifact: artifact.path))


def files(body: str, version: str = "1.34", distribution: str = "kubeadm") -> dict[str, str]:
    """Their texts, by path."""
    return {artifact.path: artifact.text for artifact in artifacts(body, version, distribution)}


def flags(body: str, component: str, version: str = "1.34") -> dict[str, str]:
    """The flags of a component, as its file has them."""
    lines = files(body, version)[f"control-plane/{component}.flags"].splitlines()
    return dict(line.removeprefix("--").split("=", 1) for line in lines)


def _text(body: str, version: str, distribution: str) -> str:
    return written(body, version=version).replace("distribution: kubeadm", f"distribution: {distribution}")
