"""Promise 9, of the output: no private key, no token and no password is in it.

What has a form of its own is looked for in the text of every file, whatever it is for; what has none, by where it
stands in the documents of Kubernetes and of the installers. No finding repeats what it found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.errors import ProfileError
from hardener.source import load_data
from hardener.source.credentials import credentials
from hardener.verify import Finding

# What stands where the host puts its own key. It is no base64, so no API server starts with it.
PLACEHOLDER: Final = "(made on the host)"
_CERTIFICATE: Final = r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"
# 32 bytes in base64, in files for hosts: objects of the cluster carry checksums of this form.
_KEY: Final = r"(?:(?<![\w+/=])|(?<=\\n))[A-Za-z0-9+/]{43}=(?![\w+/=])"
_OF_USERS: Final = ("token", "password", "client-key-data", "auth-provider")
_HOSTS: Final = ("control-plane/", "nodes/")
_FLAG: Final = r"--?(?:[a-z0-9]+-)*(?:token|password|passwd|secret|access-key|secret-key|api-key)=(?![\"']?/)\S"
_FIELD: Final = r"(?:.+-)?(?:token|password|passwd|secret|access-key|secret-key|api-key)"


def secrets(files: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each secret in the files of an output, by their paths."""
    for file in sorted(files):
        found = {*_in_text(file, files[file]), *_in_documents(file, files[file])}
        yield from (Finding(word="secrets", file=file, message=message) for message in sorted(found))


def _in_text(file: str, text: str) -> Iterator[str]:
    # A certificate is no secret, and its base64 may end in a line that looks like a key.
    text = re.sub(_CERTIFICATE, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    places = [*credentials(text), *((found.start(), "a password or a token") for found in re.finditer(_FLAG, text))]
    if file.startswith(_HOSTS):
        places += [(found.start(), "a key of 32 bytes") for found in re.finditer(_KEY, text)]
    for start, what in places:
        line = text.count("\n", 0, start) + 1
        yield f"line {line} holds {what}"


def _in_documents(file: str, text: str) -> Iterator[str]:
    if not file.endswith((".yaml", ".yml", ".json")):
        return
    for part in re.split(r"^---.*$", text, flags=re.MULTILINE):
        try:
            document = load_data(part, file)
        except ProfileError:
            yield "cannot be read as YAML: nobody knows what it holds"
            continue
        if isinstance(document, dict):
            yield from _in_object(document)


def _in_object(document: dict[str, Any]) -> Iterator[str]:
    kind = document.get("kind")
    for item in _items(document, "items"):
        yield from _in_object(item)
    if kind == "Secret" and (document.get("data") or document.get("stringData")):
        yield f"a Secret has data: {_name(document)}"
    elif kind == "Config":
        yield from _in_kubeconfig(document)
    elif kind == "EncryptionConfiguration":
        yield from _in_encryption(document)
    elif kind == "Kustomization" and document.get("secretGenerator"):
        yield "a Secret has data: secretGenerator makes it"
    elif kind in ("InitConfiguration", "JoinConfiguration", "ClusterConfiguration"):
        yield from _in_kubeadm(document)
    elif kind is None:
        yield from (f"{key} is a secret" for key in _fields(document))


def _in_kubeconfig(document: dict[str, Any]) -> Iterator[str]:
    for entry in _items(document, "users"):
        user = entry.get("user")
        held = [key for key in _OF_USERS if user.get(key)] if isinstance(user, dict) else []
        yield from (f"user {entry.get('name')} has a {key}" for key in held)


def _in_encryption(document: dict[str, Any]) -> Iterator[str]:
    providers = [provider for entry in _items(document, "resources") for provider in _items(entry, "providers")]
    for settings in (value for provider in providers for value in provider.values() if isinstance(value, dict)):
        for key in _items(settings, "keys"):
            if key.get("secret") not in (None, "", PLACEHOLDER):
                yield f"{key.get('name')} has its secret"


def _in_kubeadm(document: dict[str, Any]) -> Iterator[str]:
    discovery = document.get("discovery")
    joining = discovery if isinstance(discovery, dict) else {}
    bootstrap = joining.get("bootstrapToken")
    tokens = [*_items(document, "bootstrapTokens"), *([bootstrap] if isinstance(bootstrap, dict) else [])]
    if joining.get("tlsBootstrapToken") or any(token.get("token") for token in tokens):
        yield "a bootstrap token lets anybody join"
    if document.get("certificateKey"):
        yield "certificateKey opens the control plane's certificates"


def _fields(document: dict[str, Any]) -> Iterator[str]:
    """Settings of k3s and RKE2 that are secrets: token, agent-token, etcd-s3-secret-key."""
    for key, value in document.items():
        if isinstance(key, str) and re.fullmatch(_FIELD, key) and isinstance(value, str) and value:
            yield key


def _items(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _name(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    held = metadata if isinstance(metadata, dict) else {}
    return f"{held.get('namespace', 'default')}/{held.get('name')}"
