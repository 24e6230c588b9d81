"""What the profile asks of each component, by the names of flags and fields: the values that the catalogue leaves open.

Written after the reference of each component, and from the profile alone.
"""

from __future__ import annotations

from math import ceil
from typing import Any, Final

from hardener.catalog import distribution, minor
from hardener.catalog.quantities import quantity
from hardener.profile import Profile
from hardener.profile.authentication import Oidc
from hardener.profile.control_plane import AuditLog, Tls
from hardener.profile.pools import Amount, Kubelet

# Where hosts keep the files of `control-plane/`, and what the API server records.
FOLDER: Final = "/etc/kubernetes/hardener"
LOG_FOLDER: Final = "/var/log/kubernetes/audit"
HEALTH: Final = ("/healthz", "/livez", "/readyz")
# AuthenticationConfiguration and AuthorizationConfiguration are beta from 1.30; the first one's `anonymous` from 1.32
# (pkg/features/kube_features.go of k8s.io/apiserver).
FILES_SINCE: Final = 30
PATHS_SINCE: Final = 32
# k3s and RKE2 have a folder for the files of kubelets.
DROP_INS_SINCE: Final = 32
# Kubernetes' own names for what has forward secrecy and is authenticated.
_CIPHERS: Final = tuple(
    f"TLS_ECDHE_{key}_WITH_{rest}"
    for key in ("ECDSA", "RSA")
    for rest in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305")
)
# The kubelet's thresholds (DefaultEvictionHard in pkg/kubelet/eviction): naming one drops all others.
_EVICTION: Final = {
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
}
_LEAST_FILES: Final = 10
# kubeadm's workers run no static pods; k3s', RKE2's and the providers' may.
CONTROL_PLANE: Final = "control-plane"

COMPONENTS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")

# A value, and the place in the profile that decides it.
Chosen = dict[str, tuple[Any, str]]


def of_component(component: str, profile: Profile) -> Chosen:
    """What the profile asks of a component of the control plane."""
    if component == "etcd":
        return _etcd(profile)
    asked = _tls(profile.control_plane.tls, "tls-min-version", "tls-cipher-suites")
    if component == "kube-apiserver":
        asked |= _api_server(profile) | _who_asks(profile) | _what_passes(profile) | _recorded(profile)
    if component == "kube-controller-manager":
        rotation = profile.control_plane.rotation
        asked["cluster-signing-duration"] = (rotation.certificates, "controlPlane.rotation.certificates")
    return {name: value for name, value in asked.items() if value[0] not in (None, "")}


def by_installer(profile: Profile) -> bool:
    """Does the installer encrypt with a key of its own?"""
    encryption, own = profile.control_plane.encryption, distribution(profile.cluster.distribution).encryption
    since = own.get(encryption.provider, "1.999")
    return minor(profile.cluster.kubernetes) >= minor(since) and set(encryption.resources) == {"secrets"}


def has_authentication_file(profile: Profile) -> bool:
    """Is there an AuthenticationConfiguration?"""
    at, asked = minor(profile.cluster.kubernetes), profile.control_plane.authentication
    return (at >= FILES_SINCE and bool(asked.oidc)) or (at >= PATHS_SINCE and asked.anonymous == "health")


def has_authorization_file(profile: Profile) -> bool:
    """Is there an AuthorizationConfiguration?"""
    return minor(profile.cluster.kubernetes) >= FILES_SINCE and profile.control_plane.authorization.webhook is not None


def suites(tls: Tls) -> tuple[str, ...]:
    """The cipher suites that may be spoken; TLS 1.3 has no choice of them."""
    return () if tls.min_version == "VersionTLS13" else tls.ciphers or _CIPHERS


def of_kubelet(profile: Profile, asked: Kubelet, pool: str) -> Chosen:
    """What the profile asks of the kubelets of a pool, of which `asked` is what it says; "" is no pool's own."""
    target, rotation = distribution(profile.cluster.distribution), profile.control_plane.rotation
    at = f"pools.{pool}.kubelet" if pool in profile.pools else "pools"
    wanted: Chosen = {
        "allowedUnsafeSysctls": (list(asked.allowed_unsafe_sysctls), f"{at}.allowedUnsafeSysctls"),
        "containerLogMaxFiles": (asked.container_log_max_files, f"{at}.containerLogMaxFiles"),
        "containerLogMaxSize": (asked.container_log_max_size, f"{at}.containerLogMaxSize"),
        "eventRecordQPS": (asked.event_record_qps, f"{at}.eventRecordQPS"),
        "evictionHard": (_EVICTION | {str(key): value for key, value in asked.eviction.items()}, f"{at}.eviction"),
        "kubeReserved": (_amounts(asked.reserved.kube), f"{at}.reserved.kube"),
        "maxPods": (asked.max_pods, f"{at}.maxPods"),
        "podPidsLimit": (asked.pod_pids_limit, f"{at}.podPidsLimit"),
        "protectKernelDefaults": (asked.protect_kernel_defaults, f"{at}.protectKernelDefaults"),
        "seccompDefault": (asked.seccomp_default, f"{at}.seccompDefault"),
        "shutdownGracePeriod": (asked.shutdown_grace_period, f"{at}.shutdownGracePeriod"),
        "shutdownGracePeriodCriticalPods": (
            asked.shutdown_grace_period_critical_pods,
            f"{at}.shutdownGracePeriodCriticalPods",
        ),
        "streamingConnectionIdleTimeout": (
            asked.streaming_connection_idle_timeout,
            f"{at}.streamingConnectionIdleTimeout",
        ),
        "systemReserved": (_amounts(asked.reserved.system), f"{at}.reserved.system"),
        **_tls(profile.control_plane.tls, "tlsMinVersion", "tlsCipherSuites"),
    }
    if target.serving_certificates != "installer":
        source = "controlPlane.rotation.servingCertificates"
        wanted["serverTLSBootstrap"] = (rotation.serving_certificates, source)
        wanted["featureGates.RotateKubeletServerCertificate"] = (rotation.serving_certificates or None, source)
    if target.static_pods != "everywhere" and pool not in ("", CONTROL_PLANE):
        wanted["staticPodPath"] = ("", "pools")
    return {name: value for name, value in wanted.items() if value[0] not in (None, [], {})}


def of_kubelets_flags(profile: Profile, asked: Kubelet, pool: str) -> Chosen:
    """What must be a flag: k3s and RKE2 pass arguments on before they have drop-ins, and give some of their own."""
    installer, at = distribution(profile.cluster.distribution).installer, minor(profile.cluster.kubernetes)
    if installer not in ("k3s", "rke2") or at >= DROP_INS_SINCE:
        return {}
    thresholds, source = of_kubelet(profile, asked, pool)["evictionHard"]
    written = ",".join(f"{signal}<{share}" for signal, share in thresholds.items())
    return {"config": (f"{FOLDER}/kubelet.yaml", source), "eviction-hard": (written, source)}


def _api_server(profile: Profile) -> Chosen:
    control_plane = profile.control_plane
    requests, rotation = control_plane.requests, control_plane.rotation
    authority = distribution(profile.cluster.distribution).files.get("cluster-ca", "")
    return {
        "service-node-port-range": (control_plane.service_node_port_range, "controlPlane.serviceNodePortRange"),
        "max-requests-inflight": (str(requests.inflight), "controlPlane.requests.inflight"),
        "max-mutating-requests-inflight": (str(requests.mutating), "controlPlane.requests.mutating"),
        "request-timeout": (requests.timeout, "controlPlane.requests.timeout"),
        "service-account-max-token-expiration": (rotation.tokens, "controlPlane.rotation.tokens"),
        "kubelet-certificate-authority": (
            authority if rotation.serving_certificates else None,
            "controlPlane.rotation.servingCertificates",
        ),
        "encryption-provider-config": (
            None if by_installer(profile) else f"{FOLDER}/encryption-configuration.yaml",
            "controlPlane.encryption",
        ),
    }


def _who_asks(profile: Profile) -> Chosen:
    """Authentication."""
    asked, at = profile.control_plane.authentication, minor(profile.cluster.kubernetes)
    target = distribution(profile.cluster.distribution)
    source = "controlPlane.authentication"
    health_by_file = at >= PATHS_SINCE or target.anonymous_probes
    found: Chosen = {
        "enable-bootstrap-token-auth": (str(asked.bootstrap_tokens).lower(), f"{source}.bootstrapTokens"),
        "anonymous-auth": (None if asked.anonymous == "health" and health_by_file else "false", f"{source}.anonymous"),
    }
    if has_authentication_file(profile):
        found["authentication-config"] = (f"{FOLDER}/authentication-configuration.yaml", source)
    elif asked.oidc:
        found |= _issuer(asked.oidc[0], f"{source}.oidc.0")
    if asked.proxy:
        names = sorted({target.aggregator, *asked.proxy.names})
        found["requestheader-allowed-names"] = (",".join(names), f"{source}.proxy.names")
    if asked.webhook:
        found["authentication-token-webhook-config-file"] = (
            f"{FOLDER}/authentication-webhook.yaml",
            f"{source}.webhook",
        )
        found["authentication-token-webhook-version"] = ("v1", f"{source}.webhook")
        found["authentication-token-webhook-cache-ttl"] = (asked.webhook.cache, f"{source}.webhook.cache")
    return found


def _issuer(oidc: Oidc, source: str) -> Chosen:
    claims = ",".join(f"{claim}={value}" for claim, value in oidc.required_claims.items())
    return {
        "oidc-issuer-url": (oidc.issuer, f"{source}.issuer"),
        "oidc-ca-file": (
            f"{FOLDER}/oidc-ca.crt" if oidc.certificate_authority else None,
            f"{source}.certificateAuthority",
        ),
        "oidc-client-id": (oidc.audiences[0], f"{source}.audiences"),
        "oidc-username-claim": (oidc.username_claim, f"{source}.usernameClaim"),
        "oidc-username-prefix": (oidc.username_prefix, f"{source}.usernamePrefix"),
        "oidc-groups-claim": (oidc.groups_claim, f"{source}.groupsClaim"),
        "oidc-groups-prefix": (oidc.groups_prefix, f"{source}.groupsPrefix"),
        "oidc-required-claim": (claims, f"{source}.requiredClaims"),
    }


def _what_passes(profile: Profile) -> Chosen:
    """Authorization and admission."""
    asked = profile.control_plane.authorization
    source = "controlPlane.authorization"
    found: Chosen = {
        "enable-admission-plugins": (",".join(plugins(profile)), "controlPlane.admission"),
        "admission-control-config-file": (f"{FOLDER}/admission-configuration.yaml", "controlPlane.admission"),
    }
    if has_authorization_file(profile):
        return {**found, "authorization-config": (f"{FOLDER}/authorization-configuration.yaml", source)}
    found["authorization-mode"] = (",".join(asked.chain), f"{source}.chain")
    if asked.webhook:
        found["authorization-webhook-config-file"] = (f"{FOLDER}/authorization-webhook.yaml", f"{source}.webhook")
        found["authorization-webhook-version"] = ("v1", f"{source}.webhook")
        found["authorization-webhook-cache-authorized-ttl"] = (
            asked.webhook.allowed_for,
            f"{source}.webhook.allowedFor",
        )
        found["authorization-webhook-cache-unauthorized-ttl"] = (
            asked.webhook.denied_for,
            f"{source}.webhook.deniedFor",
        )
    return found


def plugins(profile: Profile) -> tuple[str, ...]:
    """The admission plugins that must be on though some are not by themselves."""
    from hardener.catalog import settings

    asked = profile.control_plane.admission
    left_out = {
        name
        for name, wanted in (
            ("AlwaysPullImages", asked.always_pull_images),
            ("DenyServiceExternalIPs", asked.deny_service_external_ips),
        )
        if not wanted
    }
    hardening = {each.name for each in settings("kube-apiserver", "plugin", minor(profile.cluster.kubernetes))}
    return tuple(sorted((hardening - left_out) | set(asked.plugins)))


def _recorded(profile: Profile) -> Chosen:
    """The audit."""
    log, webhook = profile.control_plane.audit.log, profile.control_plane.audit.webhook
    source = "controlPlane.audit"
    return {
        "audit-policy-file": (f"{FOLDER}/audit-policy.yaml", f"{source}.level"),
        "audit-log-path": (f"{LOG_FOLDER}/audit.log", f"{source}.log"),
        "audit-log-maxage": (str(log.max_age), f"{source}.log.maxAge"),
        "audit-log-maxbackup": (str(_files(log)), f"{source}.log.maxBackup"),
        "audit-log-maxsize": (str(log.max_size), f"{source}.log.maxSize"),
        "audit-webhook-config-file": (f"{FOLDER}/audit-webhook.yaml" if webhook else None, f"{source}.webhook"),
        "audit-webhook-mode": (webhook.mode if webhook else None, f"{source}.webhook.mode"),
    }


def _files(log: AuditLog) -> int:
    """How many rotated files are kept: as many as are given, as hold what is written in the days, or ten."""
    if log.max_backup is not None:
        return log.max_backup
    return max(_LEAST_FILES, ceil(log.max_age * (log.daily_size or 0) / log.max_size))


def _etcd(profile: Profile) -> Chosen:
    tls, quota = profile.control_plane.tls, profile.control_plane.etcd.quota_bytes
    found = _tls(tls, "tls-min-version", "cipher-suites")
    # etcd has words of its own for versions, and speaks none below 1.2 (client/pkg/v3/tlsutil).
    found["tls-min-version"] = ("TLS1.3" if tls.min_version == "VersionTLS13" else "TLS1.2", "controlPlane.tls")
    if quota is not None:
        found["quota-backend-bytes"] = (str(quota), "controlPlane.etcd.quotaBytes")
    return found


def _tls(tls: Tls, version: str, ciphers: str) -> Chosen:
    found: Chosen = {version: (tls.min_version, "controlPlane.tls.minVersion")}
    if names := suites(tls):
        found[ciphers] = (",".join(names) if "-" in ciphers else list(names), "controlPlane.tls.ciphers")
    return found


def _amounts(amount: Amount) -> dict[str, str]:
    given = {
        "cpu": amount.cpu,
        "ephemeral-storage": amount.ephemeral_storage,
        "memory": amount.memory,
        "pid": amount.pid,
    }
    return {name: str(quantity(value)) for name, value in given.items() if value is not None}
