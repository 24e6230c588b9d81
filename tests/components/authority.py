"""A certificate authority for one test cluster, made with openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; all its files lie in `folder`."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """What clients and servers of the cluster trust."""
        return self.folder / "ca.crt"

    def issue(self, name: str, subject: str, *extensions: str) -> Identity:
        """A new identity, in files called `name`, that this authority vouches for.

        `subject` is as openssl writes it: the API server takes /O= for groups and /CN= for the user.
        """
        identity = Identity(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        signing = ("-CA", str(self.certificate), "-CAkey", str(self.folder / "ca.key"))
        _certificate(identity, subject, *signing, *_extensions(*extensions))
        return identity


def new_authority(folder: Path) -> Authority:
    """An authority that nobody else knows, good for two days."""
    authority = Authority(folder)
    _certificate(
        Identity(authority.certificate, folder / "ca.key"),
        "/CN=test authority",
        *_extensions("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"),
    )
    return authority


def _extensions(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in ("-addext", line))


def _certificate(identity: Identity, subject: str, *options: str) -> None:
    files = ("-keyout", str(identity.key), "-out", str(identity.certificate))
    # Without the machine's own configuration, which would add extensions of its own.
    request = ("openssl", "req", "-x509", "-config", "/dev/null", "-days", "2", "-subj", subject)
    subprocess.run((*request, *_KEY, *files, *options), check=True, capture_output=True)
