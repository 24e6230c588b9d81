"""A certificate authority for one test cluster, made with openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
RSA = ("-newkey", "rsa:2048", "-nodes")
"""Kinds of keys. The second is what kubeadm makes, and takes openssl ten times as long as the first."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; all its files lie in `folder`, its own are called `name`."""

    folder: Path
    name: str = "ca"

    @property
    def certificate(self) -> Path:
        """What clients and servers of the cluster trust."""
        return self._files(self.name).certificate

    def issue(self, name: str, subject: str, *extensions: str, key: tuple[str, ...] = EC) -> Identity:
        """A new identity, in files called `name`, that this authority vouches for.

        `subject` is as openssl writes it: the API server takes /O= for groups and /CN= for the user.
        """
        own, identity = self._files(self.name), self._files(name)
        signing = ("-CA", str(own.certificate), "-CAkey", str(own.key))
        _certificate(identity, subject, *key, *signing, *_extensions(*extensions))
        return identity

    def _files(self, name: str) -> Identity:
        return Identity(self.folder / f"{name}.crt", self.folder / f"{name}.key")


def new_authority(folder: Path, name: str = "ca") -> Authority:
    """An authority that nobody else knows, good for two days."""
    authority = Authority(folder, name)
    _certificate(
        Identity(authority.certificate, authority.certificate.with_suffix(".key")),
        "/CN=test authority",
        *EC,
        *_extensions("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"),
    )
    return authority


def new_key(private: Path, public: Path) -> None:
    """Write a key for signatures, and what others check them with."""
    make = ("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", str(private))
    subprocess.run(make, check=True, capture_output=True)
    show = ("openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public))
    subprocess.run(show, check=True, capture_output=True)


def _extensions(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in ("-addext", line))


def _certificate(identity: Identity, subject: str, *options: str) -> None:
    files = ("-keyout", str(identity.key), "-out", str(identity.certificate))
    # Without the machine's own configuration, which would add extensions of its own.
    request = ("openssl", "req", "-x509", "-config", "/dev/null", "-days", "2", "-subj", subject)
    subprocess.run((*request, *files, *options), check=True, capture_output=True)
