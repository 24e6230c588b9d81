"""What hardener must not touch and cannot do without: all of it is named at once, and nothing is written."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hardener.artifact import Artifact
from hardener.errors import OutputError
from hardener.tree import Changes, compare, write
from tests.output_folder import LINE, PROFILE, UNFINISHED, everything, marked, plain, texts

ARTIFACTS = (marked("manifests/a.yaml"), plain("nodes/a.flags"))
NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "output" / PROFILE


def refused(folder: Path, artifacts: tuple[Artifact, ...] = ARTIFACTS, *, comparing: bool = True) -> list[str]:
    """The lines of the refusal, each without the folder; nothing may have been touched."""
    before = everything(folder.parent)
    with pytest.raises(OutputError) as refusal:
        write(folder, artifacts, profile=PROFILE)
    assert everything(folder.parent) == before
    if comparing:
        with pytest.raises(OutputError) as same:
            compare(folder, artifacts)
        assert str(same.value) == str(refusal.value)
    return str(refusal.value).replace(str(folder), "shop").split("\n")


@pytest.mark.parametrize("text", ["", "mine\n", "\n" + LINE, LINE.replace("shop", "other"), "--a=c\n"])
@pytest.mark.parametrize("path", ["manifests/a.yaml", "nodes/a.flags"])
def test_a_file_that_we_did_not_write_is_never_replaced(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_text(text)

    assert refused(folder) == [f"shop/{path}: a file that was not rendered from this profile; move it away"]


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def listen(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(f"/proc/self/fd/{here}/{path.name}")  # the whole path is too long for an address
    os.close(here)


IN_THE_WAY = [
    (link, "a symbolic link"),
    (dangling, "a symbolic link"),
    (os.mkfifo, "a device, pipe or socket"),
    (listen, "a device, pipe or socket"),
]


@pytest.mark.parametrize(("make", "kind"), [*IN_THE_WAY, (os.mkdir, "a folder")])
def test_what_is_no_file_is_never_replaced_by_one(folder: Path, make: Callable[[Path], None], kind: str) -> None:
    (folder / "manifests").mkdir(parents=True)
    make(folder / "manifests/a.yaml")

    assert refused(folder) == [f"shop/manifests/a.yaml: {kind} in the way; move it away"]


@pytest.mark.parametrize(("make", "kind"), [*IN_THE_WAY, (Path.touch, "a file")])
def test_what_is_no_folder_is_never_entered(folder: Path, make: Callable[[Path], None], kind: str) -> None:
    folder.mkdir(parents=True)
    make(folder / "manifests")

    assert refused(folder) == [f"shop/manifests: {kind} in the way; move it away"]


def test_a_folder_that_leads_out_of_the_output_is_never_followed(folder: Path, tmp_path: Path) -> None:
    write(folder, ARTIFACTS, profile=PROFILE)
    (folder / "manifests").rename(tmp_path / "elsewhere")
    (folder / "manifests").symlink_to(tmp_path / "elsewhere")
    before = everything(tmp_path)

    assert refused(folder) == ["shop/manifests: a symbolic link in the way; move it away"]
    assert write(folder, ARTIFACTS[1:], profile=PROFILE) == Changes(unchanged=2)
    assert everything(tmp_path) == before


def test_a_link_to_the_output_folder_is_not_the_output_folder(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, ARTIFACTS, profile=PROFILE)
    folder.parent.mkdir()
    folder.symlink_to(elsewhere)

    assert refused(folder, ()) == ["shop: a symbolic link in the way; move it away"]


def test_a_link_to_nowhere_is_not_the_output_folder(folder: Path) -> None:
    folder.parent.mkdir()
    folder.symlink_to("nowhere")

    assert refused(folder) == ["shop: a symbolic link in the way; move it away"]


def test_the_folder_that_holds_all_outputs_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    """Whoever names the folder means where it leads; on macOS even /tmp is a link."""
    (tmp_path / "elsewhere").mkdir()
    folder.parent.symlink_to("elsewhere")
    write(folder, ARTIFACTS, profile=PROFILE)

    assert sorted(texts(tmp_path / "elsewhere")) == ["shop/.hardener", "shop/manifests/a.yaml", "shop/nodes/a.flags"]


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo])
def test_a_file_in_place_of_the_output_folder(folder: Path, make: Callable[[Path], None]) -> None:
    folder.parent.mkdir()
    make(folder)

    assert refused(folder) == ["shop: a file in the way; move it away"]


def test_a_file_in_place_of_the_folder_that_holds_all_outputs(folder: Path) -> None:
    folder.parent.write_text("mine")

    with pytest.raises(OutputError, match=rf"^{folder.parent}: a file in the way; move it away$"):
        write(folder, ARTIFACTS, profile=PROFILE)
    with pytest.raises(OutputError, match=rf"^{folder}: not a directory$"):
        compare(folder, ARTIFACTS)
    assert folder.parent.read_text() == "mine"


def test_a_file_further_up(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match=rf"^{tmp_path}/file/a/b: not a directory$"):
        write(tmp_path / "file/a/b/shop", ARTIFACTS, profile=PROFILE)


@pytest.mark.parametrize("make", [Path.touch, *[make for make, _ in IN_THE_WAY], os.mkdir])
def test_a_list_of_files_that_is_not_ours_is_never_replaced(folder: Path, make: Callable[[Path], None]) -> None:
    folder.mkdir(parents=True)
    make(folder / ".hardener")
    sentence = "shop/.hardener: not rendered from this profile, whose list of files has this name; move it away"

    assert refused(folder) == [sentence]
    assert refused(folder, ()) == [sentence]


def test_a_link_that_says_it_is_unfinished_is_not_ours(folder: Path) -> None:
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / UNFINISHED).symlink_to("/etc")

    assert refused(folder) == [f"shop/manifests/{UNFINISHED}: a symbolic link in the way; move it away"]


@pytest.mark.parametrize(("make", "said"), [(link, "too many levels of symbolic links"), (os.mkfifo, None)])
@pytest.mark.parametrize(
    ("path", "otherwise"),
    [
        ("manifests/a.yaml", "a file that was not rendered from this profile; move it away"),
        (".hardener", "not rendered from this profile, whose list of files has this name; move it away"),
    ],
)
def test_what_was_a_file_when_we_looked_is_neither_followed_nor_waited_for(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    otherwise: str,
    make: Callable[[Path], None],
    said: str | None,
) -> None:
    write(folder, ARTIFACTS, profile=PROFILE)
    open_file = os.open

    def swapped(name: str, *arguments: int, **options: int) -> int:
        if name == path.rpartition("/")[2]:
            (folder / path).unlink()
            make(folder / path)
        return open_file(name, *arguments, **options)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(OutputError) as refusal:
        write(folder, ARTIFACTS, profile=PROFILE)
    assert str(refusal.value) == f"{folder}/{path}: {said or otherwise}"


def test_everything_in_the_way_is_named_at_once_in_order(folder: Path) -> None:
    write(folder, ARTIFACTS, profile=PROFILE)
    (folder / "manifests/z.yaml").touch()
    (folder / "manifests/d.yaml").mkdir()
    (folder / "nodes/l").symlink_to("/")
    (folder / "b").touch()

    assert refused(
        folder, (*map(marked, ["manifests/z.yaml", "c", "manifests/d.yaml", "nodes/l/x", "b/x", "q/r"]),)
    ) == [
        "shop/b: a file in the way; move it away",
        "shop/manifests/d.yaml: a folder in the way; move it away",
        "shop/manifests/z.yaml: a file that was not rendered from this profile; move it away",
        "shop/nodes/l: a symbolic link in the way; move it away",
    ]


def test_a_name_that_is_too_long_is_known_before_anything_is_written(folder: Path) -> None:
    artifacts = (*ARTIFACTS, marked(f"manifests/{'a' * 256}"), marked(f"{'b' * 300}/{'c' * 255}"))
    folder.mkdir(parents=True)

    lines = refused(folder, artifacts)
    assert lines == [
        f"shop/{'b' * 300}: a name may have at most 255 characters here; shorten it in the profile",
        f"shop/manifests/{'a' * 256}: a name may have at most 255 characters here; shorten it in the profile",
    ]

    folder.rmdir()
    for attempt in (lambda: write(folder, artifacts, profile=PROFILE), lambda: compare(folder, artifacts)):
        with pytest.raises(OutputError) as refusal:
            attempt()
        assert str(refusal.value).replace(str(folder), "shop").split("\n") == lines
        assert os.listdir(folder.parent) == []


def test_a_folder_with_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"/a{256}: file name too long$"):
        compare(tmp_path / ("a" * 256), ARTIFACTS)
    with pytest.raises(OutputError, match=r"/a{256}: file name too long$"):
        write(tmp_path / ("a" * 256), ARTIFACTS, profile=PROFILE)


@contextmanager
def ordinary_user() -> Iterator[Path]:
    """A folder of somebody whom permissions hold back, as they do not hold back root."""
    place = Path(tempfile.mkdtemp())
    was_root = os.geteuid() == 0
    if was_root:
        os.chown(place, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield place / PROFILE
    finally:
        if was_root:
            os.seteuid(0)
        for path in (place, *place.rglob("*")):
            path.chmod(0o700)
        shutil.rmtree(place)


def test_a_folder_that_must_change_and_cannot_is_named_before_anything_is_written() -> None:
    artifacts = (marked("manifests/a/x"), marked("manifests/b/x"), marked("manifests/c/x"), marked("nodes/x"))
    with ordinary_user() as folder:
        write(folder, artifacts, profile=PROFILE)
        (folder / "manifests/a").chmod(0o555)
        (folder / "manifests/b").chmod(0o555)
        (folder / "manifests").chmod(0o555)
        changed = (
            marked("manifests/a/x", "a: 2\n"),
            artifacts[1],
            marked("manifests/c/x", "b: 2\n"),
            marked("nodes/y"),
        )

        assert refused(folder, changed, comparing=False) == ["shop/manifests/a: hardener may not write in this folder"]
        assert compare(folder, changed) == Changes(
            added=("nodes/y",), changed=("manifests/a/x", "manifests/c/x"), removed=("nodes/x",), unchanged=1
        )
        assert refused(folder, (), comparing=False) == [
            "shop/manifests: hardener may not write in this folder",
            "shop/manifests/a: hardener may not write in this folder",
            "shop/manifests/b: hardener may not write in this folder",
        ]


def test_an_output_folder_whose_list_must_change_and_cannot() -> None:
    with ordinary_user() as folder:
        write(folder, ARTIFACTS, profile=PROFILE)
        folder.chmod(0o555)

        assert refused(folder, (*ARTIFACTS, plain("nodes/b.flags")), comparing=False) == [
            "shop: hardener may not write in this folder"
        ]
        assert write(folder, ARTIFACTS, profile=PROFILE) == Changes(unchanged=3)


def test_what_may_not_be_read_is_in_the_way() -> None:
    with ordinary_user() as folder:
        write(folder, (*ARTIFACTS, marked("manifests/b/x")), profile=PROFILE)
        (folder / "manifests/a.yaml").chmod(0)
        (folder / "manifests/b").chmod(0)

        assert refused(folder, (*ARTIFACTS, marked("manifests/b/x"))) == [
            "shop/manifests/a.yaml: permission denied",
            "shop/manifests/b: permission denied",
        ]
        folder.chmod(0)
        assert refused(folder) == ["shop: permission denied"]


def test_what_may_not_be_read_and_is_not_asked_for_is_not_ours() -> None:
    with ordinary_user() as folder:
        write(folder, (*ARTIFACTS, marked("manifests/b/x"), marked("manifests/c")), profile=PROFILE)
        (folder / "manifests/b").chmod(0)
        (folder / "manifests/c").chmod(0)

        assert write(folder, ARTIFACTS, profile=PROFILE) == Changes(
            unchanged=3, strangers=("manifests/b", "manifests/c")
        )


def test_a_list_of_files_that_may_not_be_read() -> None:
    with ordinary_user() as folder:
        write(folder, ARTIFACTS, profile=PROFILE)
        (folder / ".hardener").chmod(0)

        assert refused(folder) == ["shop/.hardener: permission denied"]


def test_a_place_where_no_folder_can_be_made() -> None:
    with ordinary_user() as folder:
        folder.parent.chmod(0o555)

        with pytest.raises(OutputError, match=rf"^{folder}: permission denied$"):
            write(folder, ARTIFACTS, profile=PROFILE)
        with pytest.raises(OutputError, match=rf"^{folder}: permission denied$"):
            write(folder / "a/b/shop", ARTIFACTS, profile=PROFILE)


@contextmanager
def small_files_only() -> Iterator[None]:
    """A real limit, on the size of a file, to stand for a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("path", ["manifests/a.yaml", "manifests/b.yaml", "manifests/new/deep/b.yaml", "new/a.yaml"])
def test_what_cannot_be_written_is_named_and_leaves_nothing_behind(folder: Path, path: str) -> None:
    write(folder, ARTIFACTS, profile=PROFILE)
    before = texts(folder)
    with small_files_only(), pytest.raises(OutputError) as refusal:
        write(folder, (marked(path, "b: 1\n" * 2000), ARTIFACTS[1]), profile=PROFILE)

    assert str(refusal.value) == f"{folder}/{path}: file too large"
    assert texts(folder) == before
    assert sorted(path.name for path in folder.rglob("*")) == [".hardener", "a.flags", "a.yaml", "manifests", "nodes"]


def test_a_new_output_folder_in_which_nothing_can_be_written_is_taken_back(folder: Path) -> None:
    with small_files_only(), pytest.raises(OutputError, match=r"/shop/a/b/c: file too large$"):
        write(folder, [marked("a/b/c", "b: 1\n" * 2000)], profile=PROFILE)

    assert os.listdir(folder.parent) == []


def test_every_byte_is_written_though_the_system_takes_few_at_a_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write_some(descriptor, data[:7]))
    write(folder, ARTIFACTS, profile=PROFILE)

    assert (folder / "manifests/a.yaml").read_text() == ARTIFACTS[0].text


KINDS: dict[str, Callable[[Path], object]] = {
    "ours": lambda path: path.write_text(LINE),
    "not ours": lambda path: path.write_text("mine"),
    "folder": Path.mkdir,
    "link out": lambda path: path.symlink_to("../outside"),
    "link further out": lambda path: path.symlink_to("../../outside"),
    "link to a file": link,
    "link to nowhere": dangling,
    "link to itself": lambda path: path.symlink_to(path.name),
    "pipe": os.mkfifo,
}
ARTIFACT_PLACES = ["a", "b", "a/a", "a/b", "b/a", "a/a/a", "a/b/b"]
PLACES = [*ARTIFACT_PLACES, ".hardener", UNFINISHED, f"a/{UNFINISHED}"]


@settings(deadline=None)  # a loaded machine is slow, not wrong
@given(
    lie=st.dictionaries(st.sampled_from(PLACES), st.sampled_from(sorted(KINDS))),
    paths=st.sets(st.sampled_from(ARTIFACT_PLACES)),
    marks=st.booleans(),
)
def test_whatever_lies_there_all_is_written_or_nothing_and_what_is_not_ours_stays(
    lie: dict[str, str], paths: set[str], marks: bool
) -> None:
    assume(not any(path.startswith(f"{other}/") for path in paths for other in paths))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, PROFILE)
        write(Path(place, "outside"), ARTIFACTS, profile=PROFILE)
        folder.mkdir()
        for path in sorted(lie):
            if (folder / path).parent.is_dir() and (folder / path).parent.resolve().is_relative_to(folder):
                KINDS[lie[path]](folder / path)
        before = everything(Path(place))
        said = ""
        try:
            write(folder, [marked(path) if marks else plain(path) for path in paths], profile=PROFILE)
        except OutputError as refusal:
            said = str(refusal)
        after = everything(Path(place))

        assert all(line.startswith(f"{folder}/") for line in said.splitlines())
        assert after == before if said else paths <= texts(folder).keys()
        for path, seen in before.items():
            not_ours = not stat.S_ISDIR(seen[0]) and seen[3] != LINE.encode() and UNFINISHED not in path
            assert after[path] == seen if not_ours or "/outside" in path else True
