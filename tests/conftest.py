"""What all tests share: golden files, and patience with a machine that has other work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.remember import forget_between_mutants

# What tries very many inputs, or asks real servers. What it runs the other tests run as well: to measure which lines
# that are takes longer than to run them.
NOT_MEASURED = (
    *("_components", "_control_plane", "_faults", "_fuzz", "_hostile", "_packets", "_properties", "_server"),
    *(
        "_lifecycle",
        "_network_cilium",
        "_permissions",
        "_secrets_keys",
        "_secrets_rotation",
        "_steps_between",
        "_verify_pods",
        "_verify_secrets",
    ),
)

settings.register_profile("patient", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew; then read them as a user would")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for each in items:
        if each.path.stem.endswith(NOT_MEASURED):
            each.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Let nobody look on where nothing is measured: beside the one that pytest-cov pauses, a worker has a second."""
    looking_on = sys.gettrace()
    if item.get_closest_marker("no_cover"):
        sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(looking_on)


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
