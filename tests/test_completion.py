"""What a shell proposes for a word that is not finished."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardener.catalog import supported

ROOT = Path(__file__).parent.parent
SHOP = str(ROOT / "profiles/shop-prod.yaml")
SMALL = str(ROOT / "profiles/small.yaml")


def proposed(*words: str) -> list[str]:
    """What bash is told for the last word, by a process of its own as a shell starts it."""
    variables = {"_HARDENER_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("hardener", *words))}
    environment = os.environ | variables | {"COMP_CWORD": str(len(words)), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "hardener"]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert run.stderr == ""
    return [line.removeprefix("plain,") for line in run.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("new", "--delivery", ""), ["argocd", "flux", "none"]),
        (("new", "--ci", "g"), ["github", "gitlab"]),
        (("new", "--distribution", "k"), ["kubeadm", "k3s"]),
        (("new", "--kubernetes", ""), [*supported()]),
        (("new", "--cni", "cil"), ["cilium"]),
        (("new", "--tenant", ""), []),
        (("upgrade", SHOP, "--to", "1.3"), [each for each in supported() if each.startswith("1.3")]),
        (("explain", SHOP, "flow.inter"), ["flow.internet"]),
        (("explain", SHOP, "access.least"), ["access.least-privilege"]),
        (("explain", SHOP, "NSA-AUTH-1"), ["NSA-AUTH-1"]),
        (("explain", SMALL, "NSA-AUTH-1"), []),
    ],
)
def test_values_are_proposed(words, found):
    assert proposed(*words) == found


def test_controls_are_those_of_the_cluster():
    assert "1.2.1" in proposed("explain", SHOP, "1.2.")


@pytest.mark.parametrize("text", [None, "", "a: [", "kind: other\n", "\x00"])
def test_a_profile_that_cannot_be_read_is_no_message(text, tmp_path):
    file = tmp_path / "p.yaml"
    if text is not None:
        file.write_text(text)
    assert proposed("explain", str(file), "flow.inter") == ["flow.internet"]
