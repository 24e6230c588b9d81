"""What all tests share: golden files, and patience with a machine that has other work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.remember import forget_between_mutants

# What waits for servers comes first: a worker that is left alone with it in the end would keep the others waiting.
PATIENT = ("_admitted", "_components", "_control_plane", "_rotation", "_server")

settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew; then read them as a user would")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.stem.endswith(PATIENT))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compare a text with a file, to the byte. With --update, write the file instead."""

    def compare(text: str, file: Path) -> None:
        if request.config.getoption("--update"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert file.exists(), f"{file} is missing; look at the new output, then run pytest --update"
        assert text == file.read_bytes().decode("utf-8")

    return compare


@pytest.fixture(autouse=True)
def _nothing_is_left_of_other_tests() -> None:
    forget_between_mutants()
