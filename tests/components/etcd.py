"""An etcd of one member, for one API server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from tests.components import build, flags, health, process
from tests.components.ports import free_port


@contextmanager
def running(release: str, folder: Path, settings: Sequence[str] = ()) -> Iterator[str]:
    """Run the etcd that belongs to a release of Kubernetes, with its files in `folder`; give its URL.

    `settings` are further flags, which replace ours of the same name.
    """
    port = free_port()
    address, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    ours = (
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={address}",
        f"--advertise-client-urls={address}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",  # what is written need not outlive the test
    )
    command = [str(build.component("etcd", release)), *flags.merged(ours, settings)]
    with process.running(command, folder / "etcd.log", lambda: health.status(address, "/health") == HTTPStatus.OK):
        yield address
