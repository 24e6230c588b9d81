"""A real API server makes of expressions what `tests/facts/cel.txt` says, and of any others what we make of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cel_expressions import expression
from tests.cel_here import UNKNOWN, agree, answer
from tests.cel_on_a_server import answers
from tests.components import apiserver
from tests.components.apiserver import Cluster
from tests.components.releases import NEWEST, minor
from tests.test_verify_cel import FACTS, HEAD, facts

MINOR = int(minor(NEWEST).partition(".")[2])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with apiserver.running(NEWEST, tmp_path_factory.mktemp("cel")) as running:
        yield running


def test_the_facts_are_those_of_the_newest_release(cluster, golden):
    found = answers(cluster, facts())
    lines = sorted(f"{text}\t{found[text]}\n" for text in facts())
    golden(HEAD + "".join(lines), FACTS)


@settings(max_examples=3, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_real_server_agrees_on_expressions_at_random(cluster, seed):
    random = Random(seed)
    found = answers(cluster, [expression(random, random.randint(1, 4)) for _ in range(100)])

    differing = {
        text: (there, answer(text, MINOR)) for text, there in found.items() if not agree(answer(text, MINOR), there)
    }

    assert {text: both for text, both in differing.items() if UNKNOWN not in both} == {}
    assert len(differing) < len(found) / 20
