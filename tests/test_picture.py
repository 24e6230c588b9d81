"""The picture in the README is what a terminal shows: of real faults in a real output, coloured as there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from hardener.cli import main
from tests.verifying import PROFILES, edit

ROOT = PROFILES.parent
PICTURE = ROOT / "pictures/verify.svg"
COMMAND = "hardener verify profiles/shop-prod.yaml --against output/shop-prod"
PAYMENTS = "manifests/namespaces/payments"
QUICK_FIX = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: quick-fix, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: storefront}]
"""
# The bank's addresses, and sixteen times as many.
BANK, NEIGHBOURS = "203.0.113.16/28", "203.0.113.0/24"

# Without the fonts that rich would have fetched.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def damage(folder: Path) -> None:
    """What somebody in a hurry did to a folder of output."""
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    edit(f"{PAYMENTS}/network.yaml", BANK, NEIGHBOURS)(files)
    files[f"{PAYMENTS}/access.yaml"] += QUICK_FIX
    for name, text in files.items():
        (folder / name).write_text(text)


def test_the_picture_shows_what_a_terminal_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[str, Path], None],
) -> None:
    for name in ("profiles", "output/shop-prod"):
        shutil.copytree(ROOT / name, tmp_path / name)
    damage(tmp_path / "output/shop-prod")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("hardener.cli.say"), "_color", lambda: True)

    assert main(COMMAND.split()[1:]) == 1

    shown = Text.from_ansi(f"$ {COMMAND}\n{capsys.readouterr().out}")
    console = Console(record=True, width=110, file=StringIO(), legacy_windows=False)
    console.print(shown)
    golden(console.export_svg(title="hardener", theme=MONOKAI, code_format=SVG, unique_id="terminal"), PICTURE)


def test_the_readme_shows_it() -> None:
    assert f"](pictures/{PICTURE.name})" in (ROOT / "README.md").read_text()
