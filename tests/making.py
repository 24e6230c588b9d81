"""Repositories that `hardener new` makes, for tests: one for each set of answers, made once."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from hardener.cli import main

TEMPLATE = Path(__file__).parent.parent / "hardener/scaffold/template/{{cookiecutter.folder}}"
# A git that heeds nobody's configuration.
NOBODY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
NOBODY |= {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@cache
def _made(*answers: str) -> Path:
    above = mkdtemp(prefix="hardener-new-")
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    folder = Path(above) / "shop"
    assert main(["new", str(folder), "--no-input", *answers]) == 0
    return folder


def made(at: Path, *answers: str) -> Path:
    """A repository of the cluster `shop`, below `at`."""
    return Path(shutil.copytree(_made(*answers), at / "shop"))


def git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    command = ("git", *arguments)
    run = subprocess.run(command, cwd=folder, env=os.environ | NOBODY, capture_output=True, text=True, check=True)
    return run.stdout


def committed(folder: Path, message: str) -> None:
    """Commit all that is there, in a repository that is made if need be."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", message)


def run(folder: Path, *command: str, path: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the repository, with this hardener and what lies in the folder `path` before all else."""
    programs = f"{path}:{Path(sys.executable).parent}:/usr/bin:/bin"
    variables = {**os.environ, **NOBODY, "PATH": programs, **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def quick(folder: Path) -> str:
    """A folder with a hardener that answers `check` with $ANSWER, and shows what it was asked for anything else."""
    script = """case $1 in check) exit "${ANSWER:-0}" ;; *) printf '%s\\n' "asked: $*" ;; esac\n"""
    return str(stub(folder, "hardener", script))


def stub(folder: Path, name: str, script: str) -> Path:
    """A program that does what `script` says, in place of the real one."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    return folder
