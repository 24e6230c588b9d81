"""output/ is what profiles/ render to, to the byte: example, documentation and golden file at once."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hardener.cli import main

ROOT = Path(__file__).parent.parent
PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))
OUTPUT = ROOT / "output"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def rendered(file: Path, into: Path, *how: str) -> dict[str, bytes]:
    assert main(["render", str(file), "-o", str(into), *how]) == 0
    return files_of(into)


def files_of_output(file: Path) -> dict[str, bytes]:
    """What is committed of what a profile renders to."""
    return {f"{file.stem}/{path}": text for path, text in files_of(OUTPUT / file.stem).items()}


def name_of(file: Path) -> str:
    return file.stem


def shuffled(value: Any, luck: random.Random) -> Any:
    """The same value with the keys of every mapping in another order."""
    if isinstance(value, dict):
        keys = luck.sample(list(value), len(value))
        return {key: shuffled(value[key], luck) for key in keys}
    return [shuffled(item, luck) for item in value] if isinstance(value, list) else value


def test_there_are_profiles():
    assert {"legacy", "managed", "shop-prod", "small"} <= {file.stem for file in PROFILES}


@pytest.mark.parametrize("file", PROFILES, ids=name_of)
def test_output_is_current(file, tmp_path, request):
    if request.config.getoption("--update"):
        assert main(["render", str(file), "-o", str(OUTPUT)]) == 0
    assert rendered(file, tmp_path) == files_of_output(file)


def test_output_holds_nothing_else():
    assert sorted(folder.name for folder in OUTPUT.iterdir()) == sorted(file.stem for file in PROFILES)


@pytest.mark.parametrize("file", PROFILES, ids=name_of)
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_keys_changes_nothing(file, seed, tmp_path):
    data = yaml.load(file.read_text(), yaml.CBaseLoader)
    other = tmp_path / "other.yaml"
    text = yaml.dump(shuffled(yaml.load(file.read_text(), yaml.CSafeLoader), random.Random(seed)), sort_keys=False)
    other.write_text(text)

    assert yaml.load(text, yaml.CBaseLoader) == data
    assert rendered(other, tmp_path / "b", "--unproven") == files_of_output(file)


@pytest.mark.parametrize("file", PROFILES, ids=name_of)
def test_nothing_around_us_changes_a_byte(file, tmp_path):
    """Another folder, locale, time zone, hash seed, terminal, home and user's umask: equal bytes."""
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "HOME": "/nonexistent"},
        {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0", "COLUMNS": "20"},
        {"PYTHONHASHSEED": "3", "TZ": "UTC", "LC_ALL": "C.UTF-8", "FORCE_COLOR": "1", "PYTHONOPTIMIZE": "2"},
    ]
    results = []
    for number, variables in enumerate(surroundings):
        folder = tmp_path / f"here {number} ünd"
        folder.mkdir()
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "hardener", "render", str(file), "-o", "out", "--unproven"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        results.append(files_of(folder / "out"))

    assert results == [files_of_output(file)] * len(surroundings)
