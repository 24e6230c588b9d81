"""What ends up in the output folder, what stays, what goes, and what is said about it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hardener.artifact import Artifact
from hardener.tree import Changes, compare, write
from tests.output_folder import LINE, LISTING, PROFILE, everything, marked, plain, texts

NETWORK = marked("manifests/namespaces/web/network.yaml")
FLAGS = plain("control-plane/kube-apiserver.flags")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "output" / PROFILE


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_what_was_asked_for_is_there_and_nothing_else(folder: Path) -> None:
    changes = write(folder, [NETWORK, FLAGS], profile=PROFILE)

    assert texts(folder) == {
        ".hardener": LISTING + "control-plane/kube-apiserver.flags\n",
        "control-plane/kube-apiserver.flags": "--a=b\n",
        "manifests/namespaces/web/network.yaml": LINE + "a: 1\n",
    }
    assert changes == Changes(
        added=(".hardener", "control-plane/kube-apiserver.flags", "manifests/namespaces/web/network.yaml")
    )


def test_line_ends_and_letters_beyond_ascii_are_written_as_they_are(folder: Path) -> None:
    write(folder, [marked("a.yaml", "ü: 'a\r\nb'\n"), plain("empty.flags", "")], profile=PROFILE)

    assert (folder / "a.yaml").read_bytes() == (LINE + "ü: 'a\r\nb'\n").encode()
    assert (folder / "empty.flags").read_bytes() == b""


def test_the_list_of_files_holds_those_that_carry_no_comment_sorted(folder: Path) -> None:
    write(folder, [plain("b.flags"), marked("c.yaml"), plain("a/z.labels"), plain("a.json")], profile=PROFILE)

    assert (folder / ".hardener").read_text() == LISTING + "a.json\na/z.labels\nb.flags\n"


def test_there_is_no_list_where_every_file_speaks_for_itself(folder: Path) -> None:
    write(folder, [NETWORK], profile=PROFILE)

    assert list(texts(folder)) == [NETWORK.path]


def test_order_of_artifacts_changes_no_byte(tmp_path: Path) -> None:
    artifacts = [NETWORK, FLAGS, plain("a.flags"), marked("b.yaml")]
    write(tmp_path / "one" / PROFILE, artifacts, profile=PROFILE)
    write(tmp_path / "two" / PROFILE, reversed(artifacts), profile=PROFILE)

    assert texts(tmp_path / "one") == texts(tmp_path / "two")


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        LINE.rstrip("\n"),
        LINE.replace("\n", "\r\n"),
        "\ufeff" + LINE,
        "#!/bin/sh\n" + LINE + "exit\n",
        "<!-- Rendered by hardener from profile shop. Change the profile, not this file. -->\n# Report\n",
        "// Rendered by hardener from profile shop. Change the profile, not this file.\n{}\n",
    ],
)
def test_a_first_line_in_any_format_needs_no_list(folder: Path, text: str) -> None:
    write(folder, [Artifact(path="a", text=text)], profile=PROFILE)

    assert list(texts(folder)) == ["a"]
    assert write(folder, [], profile=PROFILE) == Changes(removed=("a",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n" + LINE,
        "a: 1\n" + LINE,
        " " + LINE,
        "#!/bin/sh\n\n" + LINE,
        "# Rendered by hardener\n",
        LINE.replace("shop", "shop2"),
        LINE.replace("file.", "file. Or do."),
        "{}\n",
    ],
)
def test_any_other_first_line_leaves_a_file_to_the_list(folder: Path, text: str) -> None:
    write(folder, [Artifact(path="a", text=text)], profile=PROFILE)

    assert (folder / ".hardener").read_text() == LISTING + "a\n"


def test_the_second_render_touches_nothing(folder: Path) -> None:
    write(folder, [NETWORK, FLAGS], profile=PROFILE)
    before = everything(folder)

    assert write(folder, [NETWORK, FLAGS], profile=PROFILE) == Changes(unchanged=3)
    assert everything(folder) == before


def test_only_what_differs_is_written(folder: Path) -> None:
    write(folder, [NETWORK, FLAGS, marked("manifests/a.yaml")], profile=PROFILE)
    before = everything(folder)
    changes = write(folder, [NETWORK, FLAGS, marked("manifests/a.yaml", "a: 2\n")], profile=PROFILE)
    after = everything(folder)

    assert changes == Changes(changed=("manifests/a.yaml",), unchanged=3)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {str(folder / "manifests/."), str(folder / "manifests"), str(folder / "manifests/a.yaml")}
    assert after.keys() == before.keys()


@pytest.mark.parametrize("text", [LINE + "a: 2\n", LINE, LINE + "a: 1\n\n", LINE + "a: 1\n" * 1000, LINE + "b: 1\n"])
def test_what_a_person_changed_is_named_and_repaired(folder: Path, text: str) -> None:
    write(folder, [NETWORK], profile=PROFILE)
    (folder / NETWORK.path).write_text(text)

    assert compare(folder, [NETWORK]) == Changes(changed=(NETWORK.path,))
    assert (folder / NETWORK.path).read_text() == text
    assert write(folder, [NETWORK], profile=PROFILE) == Changes(changed=(NETWORK.path,))
    assert (folder / NETWORK.path).read_text() == NETWORK.text


def test_a_listed_file_that_a_person_changed_is_repaired(folder: Path) -> None:
    write(folder, [FLAGS], profile=PROFILE)
    (folder / FLAGS.path).write_text("--anonymous-auth=true\n")

    assert compare(folder, [FLAGS]) == Changes(changed=(FLAGS.path,), unchanged=1)
    assert write(folder, [FLAGS], profile=PROFILE) == Changes(changed=(FLAGS.path,), unchanged=1)
    assert (folder / FLAGS.path).read_text() == FLAGS.text


def test_a_file_that_only_has_our_text_becomes_ours(folder: Path) -> None:
    """Somebody lost the list; the files that are as they should be need nobody's word."""
    write(folder, [FLAGS, plain("b.flags")], profile=PROFILE)
    (folder / ".hardener").unlink()

    assert write(folder, [FLAGS], profile=PROFILE) == Changes(added=(".hardener",), unchanged=1)
    assert (folder / "b.flags").exists()


def test_scripts_can_be_executed_and_nothing_else_can(folder: Path) -> None:
    script = Artifact(path="nodes/load.sh", text=f"#!/bin/sh\n{LINE}", executable=True)
    before = os.umask(0o022)
    try:
        write(folder, [script, NETWORK, FLAGS], profile=PROFILE)
    finally:
        os.umask(before)

    assert {path.name: mode(path) for path in folder.rglob("*")} == {
        ".hardener": 0o644,
        "control-plane": 0o755,
        "kube-apiserver.flags": 0o644,
        "load.sh": 0o755,
        "manifests": 0o755,
        "namespaces": 0o755,
        "network.yaml": 0o644,
        "nodes": 0o755,
        "web": 0o755,
    }


@pytest.mark.parametrize("executable", [True, False])
def test_a_file_that_wrongly_can_or_cannot_be_executed_is_repaired(folder: Path, executable: bool) -> None:
    script = replace(marked("a.sh"), executable=executable)
    write(folder, [script], profile=PROFILE)
    (folder / "a.sh").chmod(0o644 if executable else 0o755)

    assert compare(folder, [script]) == Changes(changed=("a.sh",))
    assert write(folder, [script], profile=PROFILE) == Changes(changed=("a.sh",))
    assert bool(mode(folder / "a.sh") & stat.S_IXUSR) is executable


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o664, 0o666, 0o444])
def test_other_permissions_belong_to_whoever_checked_the_files_out(folder: Path, permissions: int) -> None:
    write(folder, [NETWORK], profile=PROFILE)
    (folder / NETWORK.path).chmod(permissions)

    assert write(folder, [NETWORK], profile=PROFILE) == Changes(unchanged=1)
    assert mode(folder / NETWORK.path) == permissions


def test_a_namespace_that_leaves_the_profile_leaves_the_output(folder: Path) -> None:
    gone = [marked("manifests/namespaces/old/network.yaml"), marked("manifests/namespaces/old/a/b/c.yaml")]
    write(folder, [NETWORK, *gone], profile=PROFILE)
    before = everything(folder / "manifests/namespaces/web")
    changes = write(folder, [NETWORK], profile=PROFILE)

    assert changes == Changes(removed=tuple(sorted(file.path for file in gone)), unchanged=1)
    assert os.listdir(folder / "manifests/namespaces") == ["web"]
    assert everything(folder / "manifests/namespaces/web") == before


def test_a_pool_that_leaves_takes_its_listed_files_along(folder: Path) -> None:
    write(folder, [NETWORK, plain("nodes/a/node.labels"), plain("nodes/b/node.labels")], profile=PROFILE)
    changes = write(folder, [NETWORK, plain("nodes/a/node.labels")], profile=PROFILE)

    assert changes == Changes(changed=(".hardener",), removed=("nodes/b/node.labels",), unchanged=2)
    assert os.listdir(folder / "nodes") == ["a"]
    assert (folder / ".hardener").read_text() == LISTING + "nodes/a/node.labels\n"


def test_the_list_goes_with_the_last_file_on_it(folder: Path) -> None:
    write(folder, [NETWORK, FLAGS], profile=PROFILE)

    assert write(folder, [NETWORK], profile=PROFILE) == Changes(removed=(".hardener", FLAGS.path), unchanged=1)
    assert list(texts(folder)) == [NETWORK.path]


def test_a_folder_stays_while_a_stranger_lives_in_it(folder: Path) -> None:
    write(folder, [marked("nodes/a/x.yaml"), marked("nodes/a/b/y.yaml"), marked("nodes/c/z.yaml")], profile=PROFILE)
    (folder / "nodes/a/notes.txt").write_text("mine")
    (folder / "nodes/c/empty").mkdir()

    assert write(folder, [], profile=PROFILE) == Changes(
        removed=("nodes/a/b/y.yaml", "nodes/a/x.yaml", "nodes/c/z.yaml")
    )
    assert texts(folder) == {"nodes/a/notes.txt": "mine"}
    assert sorted(path.name for path in folder.rglob("*")) == ["a", "c", "empty", "nodes", "notes.txt"]


def test_a_folder_in_which_we_never_were_stays_though_it_is_empty(folder: Path) -> None:
    (folder / "manifests/namespaces/web/empty").mkdir(parents=True)
    write(folder, [NETWORK], profile=PROFILE)

    assert (folder / "manifests/namespaces/web/empty").is_dir()


def test_strangers_are_left_alone_and_named_where_people_would_apply_them(folder: Path) -> None:
    write(folder, [NETWORK, FLAGS], profile=PROFILE)
    for path in ("README", "manifests/x.yaml", "manifests/namespaces/web/y.yaml", "manifests/deep/er/z", "nodes/mine"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(LINE.replace("shop", "other"))
    (folder / "manifests/link").symlink_to("/")
    (folder / "manifests/.hidden").mkdir()
    (folder / "manifests/.hidden/network.yaml").write_text(LINE)
    os.mkfifo(folder / "manifests/pipe")
    before = everything(folder)
    strangers = (
        "manifests/.hidden",
        "manifests/deep/er/z",
        "manifests/link",
        "manifests/namespaces/web/y.yaml",
        "manifests/pipe",
        "manifests/x.yaml",
    )

    assert compare(folder, [NETWORK, FLAGS]) == Changes(unchanged=3, strangers=strangers)
    assert write(folder, [NETWORK, FLAGS], profile=PROFILE) == Changes(unchanged=3, strangers=strangers)
    assert everything(folder) == before


def test_a_name_that_could_drive_a_terminal_is_written_out(folder: Path) -> None:
    write(folder, [NETWORK], profile=PROFILE)
    os.close(os.open(os.fsencode(folder) + b"/manifests/\x1b[31m\n\xff", os.O_CREAT))

    assert compare(folder, [NETWORK]).strangers == (r"manifests/\x1b[31m\n\udcff",)


def test_strangers_may_nest_as_deep_as_they_like(folder: Path) -> None:
    write(folder, [NETWORK], profile=PROFILE)
    deep = folder / "manifests" / "/".join("d" * 500)
    deep.mkdir(parents=True)
    (deep / "x.yaml").write_text(LINE)

    assert write(folder, [NETWORK], profile=PROFILE) == Changes(
        unchanged=1, strangers=("manifests/" + "/".join("d" * 16),)
    )
    assert (deep / "x.yaml").read_text() == LINE


@pytest.mark.parametrize(
    "line", ["../secret", "/etc/passwd", "a/../../secret", "", "\x00", "<<<<<<< HEAD", "=======", "\xff", "a" * 5000]
)
def test_a_line_of_the_list_that_leads_elsewhere_means_nothing(folder: Path, line: str) -> None:
    secret = folder.parent / "secret"
    write(folder, [FLAGS], profile=PROFILE)
    secret.write_text("mine")
    (folder / ".hardener").write_bytes(f"{LISTING}{line}\n{FLAGS.path}\n".encode("latin-1"))

    assert write(folder, [FLAGS, plain("b.flags")], profile=PROFILE) == Changes(
        added=("b.flags",), changed=(".hardener",), unchanged=1
    )
    assert secret.read_text() == "mine"
    assert (folder / ".hardener").read_text() == LISTING + "b.flags\n" + FLAGS.path + "\n"


def test_a_list_with_carriage_returns_is_still_the_list(folder: Path) -> None:
    write(folder, [FLAGS], profile=PROFILE)
    for name in (".hardener", FLAGS.path):
        (folder / name).write_bytes((folder / name).read_bytes().replace(b"\n", b"\r\n"))

    assert write(folder, [FLAGS], profile=PROFILE) == Changes(changed=(".hardener", FLAGS.path))


def test_comparing_with_a_folder_that_is_not_there_makes_none(folder: Path) -> None:
    assert compare(folder, [NETWORK, FLAGS]) == Changes(added=(".hardener", FLAGS.path, NETWORK.path))
    assert not folder.parent.exists()


def test_comparing_touches_nothing(folder: Path) -> None:
    write(folder, [NETWORK, FLAGS, plain("b.flags")], profile=PROFILE)
    (folder / NETWORK.path).write_text(LINE)
    before = everything(folder)

    changes = compare(folder, [NETWORK, FLAGS, marked("new/a.yaml"), marked("manifests/b.yaml")])

    assert everything(folder) == before
    assert changes == write(folder, [NETWORK, FLAGS, marked("new/a.yaml"), marked("manifests/b.yaml")], profile=PROFILE)
    assert changes == Changes(
        added=("manifests/b.yaml", "new/a.yaml"), changed=(".hardener", NETWORK.path), removed=("b.flags",), unchanged=1
    )


def test_comparing_believes_the_profile_named_not_the_folder(folder: Path) -> None:
    write(folder, [NETWORK], profile=PROFILE)
    elsewhere = folder.rename(folder.parent / "elsewhere")
    (elsewhere / NETWORK.path).write_text(LINE)

    assert compare(elsewhere, [NETWORK], profile=PROFILE) == Changes(changed=(NETWORK.path,))


@pytest.mark.parametrize(
    ("changes", "anything"),
    [
        (Changes(), False),
        (Changes(unchanged=3, strangers=("manifests/x",)), False),
        (Changes(added=("a",)), True),
        (Changes(changed=("a",)), True),
        (Changes(removed=("a",)), True),
    ],
)
def test_changes_are_true_if_there_is_anything_to_do(changes: Changes, anything: bool) -> None:
    assert bool(changes) is anything


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "a\x00b", "a\nb", "-a", "a/-b",
        ".hardener", ".hardener-unfinished.tmp", ".a", "a b", "ä", "a:b", "C:a",
    ],
)  # fmt: skip
def test_a_path_that_could_lead_elsewhere_is_our_mistake(folder: Path, path: str) -> None:
    with pytest.raises(ValueError, match=r"^no path for an artifact: "):
        write(folder, [NETWORK, marked(path)], profile=PROFILE)

    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a", "a"),
        ("a", "A"),
        ("a/b", "A/c"),
        ("a", "a/b"),
        ("a/b", "a"),
        ("a/b", "A"),
        ("a/b/c", "a/B"),
        ("a/b", "a/B"),
    ],
)
def test_two_artifacts_in_one_place_are_our_mistake(folder: Path, one: str, two: str) -> None:
    with pytest.raises(ValueError, match=r"^two artifacts in one place: "):
        write(folder, [marked(one), marked(two)], profile=PROFILE)

    assert not folder.parent.exists()


def test_what_cannot_be_encoded_is_known_before_anything_is_written(folder: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write(folder, [NETWORK, marked("a.yaml", "\ud800")], profile=PROFILE)

    assert not folder.parent.exists()


ARTIFACTS = st.lists(
    st.builds(
        Artifact,
        path=st.builds(
            "/".join, st.tuples(st.sampled_from(["manifests", "nodes"]), st.sampled_from("ab"), st.sampled_from("xyz"))
        )
        | st.sampled_from("xyz"),
        text=st.sampled_from([LINE, LINE + "a: 1\n", "--a=b\n", "", "{}\n"]),
        executable=st.booleans(),
    ),
    unique_by=lambda artifact: artifact.path,
)
STRANGERS = st.dictionaries(
    st.sampled_from(["s", "manifests/s", "manifests/a/s", "nodes/a/s", "nodes/c/s", ".git/s"]),
    st.sampled_from(["", "mine\n", "# Rendered by hardener from profile other.\n"]),
)


@settings(deadline=None)  # a loaded machine is slow, not wrong
@given(generations=st.lists(ARTIFACTS, min_size=1, max_size=4), strangers=STRANGERS)
def test_the_folder_holds_the_last_render_and_the_strangers_whatever_came_before(
    generations: list[list[Artifact]], strangers: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as fresh:
        folder = Path(place, PROFILE)
        for path, text in strangers.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        old: dict[str, str] = {}
        for artifacts in generations:
            foreseen = compare(folder, artifacts)
            changes = write(folder, artifacts, profile=PROFILE)
            new = {path: text for path, text in texts(folder).items() if path not in strangers}

            assert foreseen == changes
            assert set(changes.added) == new.keys() - old.keys()
            assert set(changes.removed) == old.keys() - new.keys()
            assert not compare(folder, artifacts)
            before = everything(folder)
            assert write(folder, artifacts, profile=PROFILE) == Changes(unchanged=len(new), strangers=changes.strangers)
            assert everything(folder) == before
            old = new

        write(Path(fresh, PROFILE), generations[-1], profile=PROFILE)
        assert new == texts(Path(fresh, PROFILE))
        assert {path: (folder / path).read_text() for path in strangers} == strangers
        assert set(changes.strangers) == {path for path in strangers if path.startswith("manifests/")}
        assert all(bool(mode(folder / file.path) & 0o100) is file.executable for file in generations[-1])
