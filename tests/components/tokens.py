"""An issuer of OpenID Connect tokens: its key, its documents, and tokens that say whatever a test wants."""

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXPONENT = "AQAB"  # 65537, which openssl uses unless told otherwise


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens with the RSA key in the file `key`, as the issuer at `url`."""

    url: str
    key: Path

    def documents(self, path: str, _sent: Any) -> Any:
        """What the issuer answers to a path: where its keys are, and the keys."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/keys": {"keys": [self._public_key()]},
        }.get(path)

    def token(self, **claims: Any) -> str:
        """A signed token with these claims besides the issuer's own; RFC 7519 says what they mean."""
        head = _encoded({"alg": "RS256", "typ": "JWT", "kid": "one"})
        signed = f"{head}.{_encoded({'iss': self.url} | claims)}"
        command = ("openssl", "dgst", "-sha256", "-sign", str(self.key))
        signature = subprocess.run(command, input=signed.encode(), check=True, capture_output=True).stdout
        return f"{signed}.{_base64url(signature)}"

    def _public_key(self) -> dict[str, str]:
        command = ("openssl", "rsa", "-in", str(self.key), "-modulus", "-noout")
        modulus = subprocess.run(command, check=True, capture_output=True, text=True).stdout.partition("=")[2].strip()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": "one",
            "e": _EXPONENT,
            "n": _base64url(bytes.fromhex(modulus)),
        }


def new_key(file: Path) -> Path:
    """Write a new RSA key to `file`."""
    command = ("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(file))
    subprocess.run(command, check=True, capture_output=True)
    return file


def _encoded(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
