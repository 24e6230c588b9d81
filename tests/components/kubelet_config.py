"""What a kubelet says of its configuration, without a node."""

import subprocess

from tests.components import build


def complaint(release: str, configuration: str) -> str:
    """Why the kubelet of a release would not start with a KubeletConfiguration, or would overlook a part of it.

    Empty if it takes all of it.
    """
    command = (build.component("kubelet-config", release),)
    run = subprocess.run(command, input=configuration, capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == (run.stderr == ""), run
    return run.stderr
