"""Which paths of the hosts are left open more, or given to somebody: every line counts that a script goes by."""

import pytest

from tests.compared import compared, edited, rendered, told
from tests.control_planes import SILENT

FILE = "nodes/shared/permissions.sh"
ON = "on nodes of shared"
WHY = "(it cannot be decided who may read what it is given to)"
KUBELET = '"file 600 root:root /etc/kubernetes/kubelet.conf"\n'
FOLDER = '"folder 755 root:root /etc/kubernetes"\n'
NEW = '"file 600 root:root /etc/new"\n'

# What is changed, what stands there then, and what is told.
EDITED = {
    "a path that had no line": (
        (FOLDER, FOLDER + NEW),
        [f"stronger settings: file /etc/new is closed where it is more open than 600 root:root, {ON}"],
    ),
    "a path that is left alone": (
        (FOLDER, ""),
        [f"weaker settings: folder /etc/kubernetes is left alone where it is more open than 755 root:root, {ON}"],
    ),
    "a path that nobody but its mode is asked of": (
        (FOLDER, FOLDER + '"files 600 - /etc/new *.key"\n'),
        [f"stronger settings: files /etc/new *.key is closed where it is more open than 600 -, {ON}"],
    ),
    "a path that is given away": (
        (FOLDER, FOLDER + '"file 600 nobody:nogroup /etc/new"\n'),
        [f"weaker settings: allowed at most: file 600 nobody:nogroup /etc/new (nothing before), {ON} {WHY}"],
    ),
    "another owner": (
        (KUBELET, KUBELET.replace("root:root", "nobody:nogroup")),
        [
            "weaker settings: allowed at most: file 600 nobody:nogroup /etc/kubernetes/kubelet.conf "
            f"(file 600 root:root /etc/kubernetes/kubelet.conf before), {ON} {WHY}"
        ],
    ),
    "a second line": (
        (KUBELET, KUBELET + '"file 640 root:root /etc/kubernetes/kubelet.conf"\n'),
        [
            "weaker settings: allowed at most: file 600 root:root /etc/kubernetes/kubelet.conf, "
            "file 640 root:root /etc/kubernetes/kubelet.conf "
            f"(file 600 root:root /etc/kubernetes/kubelet.conf before), {ON} {WHY}"
        ],
    ),
    "more that is taken": (
        (KUBELET, KUBELET.replace("600", "400")),
        [
            "stronger settings: file /etc/kubernetes/kubelet.conf is closed where it is more open than 400 root:root, "
            f"{ON}"
        ],
    ),
    "less that is taken": (
        (KUBELET, KUBELET.replace("600", "640")),
        [
            "weaker settings: allowed at most: file 640 root:root /etc/kubernetes/kubelet.conf "
            f"(file 600 root:root /etc/kubernetes/kubelet.conf before), {ON} {WHY}"
        ],
    ),
    "another order": (
        (KUBELET + FOLDER, FOLDER + KUBELET),
        [f"weaker settings: the paths of the host are closed in another order than before, {ON} {WHY}"],
    ),
    "what is no line": (
        (FOLDER, FOLDER + '"file 0 root:root /etc/new"\n'),
        [f"weaker settings: allowed at most: file 0 root:root /etc/new (nothing before), {ON} {WHY}"],
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_what_a_script_closes_otherwise_is_told(name):
    (old, new), expected = EDITED[name]
    whole = rendered(SILENT)
    assert told(compared(whole, edited(whole, FILE, old, new))) == expected
