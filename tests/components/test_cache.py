"""What the cache holds is whole, and made once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.components import cache


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("HARDENER_CACHE", str(tmp_path / "absent"))


def test_what_is_there_is_not_made_again():
    first = cache.made("thing", lambda folder: (folder / "file").write_text("first"))
    again = cache.made("thing", lambda folder: (folder / "file").write_text("second"))

    assert first == again
    assert (again / "file").read_text() == "first"


def test_of_many_at_once_one_makes_it_and_the_others_wait():
    made = []

    def slowly(folder):
        time.sleep(0.1)
        (folder / "file").write_text("whole")
        made.append(folder)

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: (cache.made("thing", slowly) / "file").read_text(), range(8)))

    assert texts == ["whole"] * 8
    assert len(made) == 1


def test_what_fails_halfway_leaves_nothing_and_can_be_tried_again():
    def halfway(folder):
        (folder / "file").write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.made("thing", halfway)
    assert [entry.name for entry in cache.folder().iterdir()] == ["thing.lock"]

    assert (cache.made("thing", lambda folder: (folder / "file").write_text("whole")) / "file").read_text() == "whole"


def test_the_folder_is_where_the_environment_says(tmp_path, monkeypatch):
    assert cache.folder() == tmp_path / "absent" / "hardener-tests"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARDENER_CACHE", "here")
    assert cache.folder() == tmp_path / "here" / "hardener-tests"
    monkeypatch.delenv("HARDENER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "hardener-tests"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.folder() == tmp_path / ".cache" / "hardener-tests"
