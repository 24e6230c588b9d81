"""A render that is killed, disturbed or not alone: every file is old or new, and the next render repairs."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from hardener.artifact import Artifact
from hardener.errors import OutputError
from hardener.tree import Changes, compare, write, writing
from tests.output_folder import LINE, LISTING, PROFILE, UNFINISHED, everything, marked, plain, texts

OLD = (
    marked("manifests/kustomization.yaml"),
    marked("manifests/namespaces/web/network.yaml"),
    marked("manifests/namespaces/web/quotas.yaml"),
    marked("manifests/namespaces/old/network.yaml"),
    marked("manifests/namespaces/old/quotas.yaml"),
    plain("nodes/a/node.labels"),
    plain("nodes/a/kubelet.flags"),
    plain("nodes/b/node.labels"),
    marked("nodes/c/sub/x.yaml"),
    plain("nodes/c/sub/x.flags"),
)
NEW = (
    marked("manifests/kustomization.yaml", "a: 2\n"),
    marked("manifests/namespaces/web/network.yaml", "a: 2\n"),
    marked("manifests/namespaces/web/access.yaml"),
    marked("manifests/namespaces/new/network.yaml"),
    marked("manifests/namespaces/new/quotas.yaml"),
    plain("nodes/a/node.labels", "a=2\n"),
    plain("nodes/a/sysctl.flags"),
    plain("nodes/d/node.labels"),
    plain("control-plane/etcd.flags"),
    plain("report.json"),
)
STRANGERS = {"README": "mine", "manifests/namespaces/web/mine.yaml": "mine", "nodes/b/notes": "mine", "nodes/c/n": ""}


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


class Death:
    """Kills at the given step, counted in calls that a process makes to change or open files; no step follows."""

    CALLS = ("open", "write", "mkdir", "rename", "unlink", "rmdir")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        self.left = step
        for name in self.CALLS:
            monkeypatch.setattr(os, name, self.deadly(getattr(os, name)))

    def deadly(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0 and call.__name__ == "write":
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if self.left <= 0:
                raise Killed
            return call(*arguments, **options)

        return step


def absent(folder: Path) -> None:
    folder.parent.mkdir(parents=True)


def current(folder: Path) -> None:
    write(folder, OLD, profile=PROFILE)
    for path, text in STRANGERS.items():
        (folder / path).write_text(text)


def left_by_a_killed_run(folder: Path) -> None:
    current(folder)
    (folder / "manifests/namespaces" / UNFINISHED / "deep").mkdir(parents=True)
    (folder / "manifests/namespaces" / UNFINISHED / "deep" / "x.yaml").write_text(LINE)
    (folder / "manifests/namespaces/old" / UNFINISHED).write_text("half")
    (folder / UNFINISHED).write_text("half")


def require_sound(folder: Path, old: dict[str, str], new: dict[str, str]) -> None:
    """Each file is old or new, strangers are as they were, and whatever does not speak for itself is listed."""
    found = {path: text for path, text in texts(folder).items() if UNFINISHED not in path}
    listed = found.get(".hardener", "").splitlines()
    for path in (old | new | found).keys() - {".hardener"}:
        assert found.get(path) in (old.get(path), new.get(path)), path
    for path in found.keys() - {".hardener"} - STRANGERS.keys():
        assert found[path].startswith(LINE) or path in listed, path


def places(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("start", [absent, current, left_by_a_killed_run])
def test_killed_at_any_step_each_file_is_old_or_new_and_the_next_render_repairs(
    tmp_path: Path, start: Callable[[Path], None]
) -> None:
    undisturbed = tmp_path / "undisturbed" / PROFILE
    start(undisturbed)
    old = texts(undisturbed)
    write(undisturbed, NEW, profile=PROFILE)
    new = texts(undisturbed)
    steps = 0
    alive = False
    while not alive:
        steps += 1
        folder = tmp_path / str(steps) / PROFILE
        start(folder)
        with pytest.MonkeyPatch.context() as monkeypatch:
            Death(monkeypatch, steps)
            try:
                write(folder, NEW, profile=PROFILE)
                alive = True
            except Killed:
                pass

        require_sound(folder, old, new)
        foreseen = compare(folder, NEW)
        assert write(folder, NEW, profile=PROFILE) == foreseen
        assert texts(folder) == new
        assert places(folder) == places(undisturbed)
        assert not compare(folder, NEW)

    assert steps > 40


def test_killed_at_any_step_what_was_before_can_be_rendered_again(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed" / PROFILE
    current(undisturbed)
    for step in range(1, 80):
        folder = tmp_path / str(step) / PROFILE
        current(folder)
        with pytest.MonkeyPatch.context() as monkeypatch:
            Death(monkeypatch, step)
            with pytest.raises(Killed):
                write(folder, NEW, profile=PROFILE)
        write(folder, OLD, profile=PROFILE)

        assert texts(folder) == texts(undisturbed)
        assert places(folder) == places(undisturbed)


def test_what_a_killed_run_left_is_named_as_something_to_remove(tmp_path: Path) -> None:
    folder = tmp_path / PROFILE
    left_by_a_killed_run(folder)

    assert compare(folder, OLD) == Changes(
        removed=(UNFINISHED, f"manifests/namespaces/{UNFINISHED}", f"manifests/namespaces/old/{UNFINISHED}"),
        unchanged=len(OLD) + 1,
        strangers=("manifests/namespaces/web/mine.yaml",),
    )


def test_what_a_killed_run_left_goes_with_the_namespace(tmp_path: Path) -> None:
    folder = tmp_path / PROFILE
    (folder / "manifests/namespaces/web").mkdir(parents=True)
    (folder / "manifests/namespaces/web" / UNFINISHED).mkdir()

    assert write(folder, [], profile=PROFILE) == Changes(removed=(f"manifests/namespaces/web/{UNFINISHED}",))
    assert places(folder) == set()


RENDER_FOREVER = """
import sys
from pathlib import Path
from hardener.tree import write
from tests.test_tree_killed import OLD, NEW
while True:
    write(Path(sys.argv[1]), NEW, profile="shop")
    write(Path(sys.argv[1]), OLD, profile="shop")
    print("once", flush=True)
"""


def start_process(program: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder), *arguments], cwd=root, stdout=subprocess.PIPE, text=True
    )


def test_a_process_that_is_really_killed(tmp_path: Path) -> None:
    folder = tmp_path / PROFILE
    write(folder, OLD, profile=PROFILE)
    old = texts(folder)
    write(folder, NEW, profile=PROFILE)
    new = texts(folder)
    for moment in range(5):
        with start_process(RENDER_FOREVER, folder) as process:
            assert process.stdout
            assert process.stdout.readline() == "once\n"
            time.sleep(moment * 0.0017)
            process.kill()

        require_sound(folder, old, new)
        write(folder, NEW, profile=PROFILE)
        assert texts(folder) == new


RENDER_OFTEN = """
import sys
from pathlib import Path
from hardener.tree import write
from tests.output_folder import marked, plain
word = sys.argv[2]
ours = [marked(f"manifests/{n}/{word if n % 3 else 'both'}.yaml", word) for n in range(50)]
flags = [plain(f"nodes/{word}.flags", word), plain("nodes/both.flags", word)]
for _ in range(20):
    write(Path(sys.argv[1]), [*ours, *flags], profile="shop")
"""


def test_two_renders_at_once_do_not_mix(tmp_path: Path) -> None:
    folder = tmp_path / "output" / PROFILE
    processes = [start_process(RENDER_OFTEN, folder, word) for word in ("one", "two")]
    for process in processes:
        with process:
            assert process.wait() == 0
    found = texts(folder)
    listed = found.pop(".hardener").removeprefix(LISTING).split()

    assert len(found) == 52
    assert {text.removeprefix(LINE) for text in found.values()} in ({"one"}, {"two"})
    assert listed in (["nodes/both.flags", "nodes/one.flags"], ["nodes/both.flags", "nodes/two.flags"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "output" / PROFILE
    current(folder)
    return folder


def test_a_render_at_work_is_waited_for_and_then_named(folder: Path) -> None:
    message = rf"^{folder}: another hardener has been at work here for 0.1 seconds; try again later$"
    before = everything(folder)
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(OutputError, match=message):
        write(folder, NEW, profile=PROFILE, patience=0.1)
    with pytest.raises(OutputError, match=message):
        compare(folder, NEW, patience=0.1)

    fcntl.flock(held, fcntl.LOCK_SH)
    assert compare(folder, OLD, patience=0.1).unchanged == len(OLD) + 1
    with pytest.raises(OutputError, match=message):
        write(folder, NEW, profile=PROFILE, patience=0.1)
    os.close(held)
    assert everything(folder) == before


def test_a_render_goes_on_as_soon_as_the_other_is_done(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    other = threading.Timer(0.1, os.close, [held])
    other.start()

    assert write(folder, NEW, profile=PROFILE)
    other.join()


def test_no_descriptor_and_no_lock_outlives_a_render(folder: Path) -> None:
    before = os.listdir("/dev/fd")
    write(folder, NEW, profile=PROFILE)
    (folder / "report.json").unlink()
    (folder / "report.json").mkdir()
    with pytest.raises(OutputError):
        write(folder, NEW, profile=PROFILE, patience=0)
    write(folder, OLD, profile=PROFILE, patience=0)

    assert os.listdir("/dev/fd") == before


def failing(call: Callable[..., Any], number: int, when: Callable[..., bool]) -> Callable[..., Any]:
    """`call`, but refused by the operating system `when` its arguments say so."""

    def refuse(*arguments: Any, **options: Any) -> Any:
        if when(*arguments):
            raise OSError(number, os.strerror(number), arguments[0])
        return call(*arguments, **options)

    return refuse


def test_a_file_system_without_locks_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(fcntl.flock, errno.ENOLCK, lambda *_: True))

    with pytest.raises(OutputError, match=rf"^{folder}: no locks available$"):
        write(folder, NEW, profile=PROFILE)


def test_an_output_folder_that_vanishes_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / PROFILE
    monkeypatch.setattr(os, "open", failing(os.open, errno.ENOENT, lambda path, *_: path == folder))

    with pytest.raises(OutputError, match=rf"^{folder}: no such file or directory$"):
        write(folder, NEW, profile=PROFILE)


def disturb(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something between looking and writing."""
    carry_out = writing.carry_out

    def disturbed(*arguments: Any) -> None:
        monkeypatch.undo()
        act()
        carry_out(*arguments)

    monkeypatch.setattr(writing, "carry_out", disturbed)


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "elsewhere")
    before = everything(tmp_path / "elsewhere")

    def redirect() -> None:
        shutil.rmtree(folder / "manifests")
        (folder / "manifests").symlink_to(tmp_path / "elsewhere/manifests")

    disturb(monkeypatch, redirect)
    with pytest.raises(
        OutputError, match=rf"^{folder}/manifests: (not a directory|too many levels of symbolic links)$"
    ):
        write(folder, NEW, profile=PROFILE)
    assert everything(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("path", ["manifests/namespaces/new", "manifests/namespaces/web/access.yaml"])
def test_what_meanwhile_appears_where_we_cannot_replace_it_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    disturb(monkeypatch, lambda: (folder / path / "mine").mkdir(parents=True))

    with pytest.raises(OutputError, match=rf"^{folder}/{path}: (directory not empty|is a directory)$"):
        write(folder, NEW, profile=PROFILE)
    assert (folder / path / "mine").is_dir()
    assert not any(UNFINISHED in place for place in places(folder))


def test_what_somebody_else_removed_meanwhile_is_no_loss(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disturb(monkeypatch, (folder / "nodes/b/node.labels").unlink)
    write(folder, NEW, profile=PROFILE)

    assert not compare(folder, NEW)


def test_what_somebody_puts_meanwhile_into_a_folder_that_goes_stays_where_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disturb(monkeypatch, lambda: (folder / "manifests/namespaces/old/mine").write_text("mine"))
    write(folder, NEW, profile=PROFILE)

    assert texts(folder / "manifests/namespaces/old") == {"mine": "mine"}
    assert not any(UNFINISHED in place for place in places(folder))


WITHOUT_OLD = tuple(artifact for artifact in OLD if "/old/" not in artifact.path)


def test_a_folder_that_cannot_be_emptied_gets_its_name_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "unlink", failing(os.unlink, errno.EPERM, lambda name: name == "quotas.yaml"))
    with pytest.raises(OutputError, match=rf"^{folder}/manifests/namespaces/old/quotas.yaml: operation not permitted$"):
        write(folder, WITHOUT_OLD, profile=PROFILE)
    monkeypatch.undo()

    assert not any(UNFINISHED in place for place in places(folder))
    assert "manifests/namespaces/old/quotas.yaml" in write(folder, WITHOUT_OLD, profile=PROFILE).removed
    assert not (folder / "manifests/namespaces/old").exists()


def test_a_folder_that_cannot_be_removed_gets_its_name_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "rmdir", failing(os.rmdir, errno.EBUSY, lambda *_: True))
    with pytest.raises(OutputError, match=rf"^{folder}/manifests/namespaces/old: device or resource busy$"):
        write(folder, WITHOUT_OLD, profile=PROFILE)

    assert not any(UNFINISHED in place for place in places(folder))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_whatever_the_operating_system_refuses_is_said_with_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "write", failing(os.write, number, lambda _, data: data == NEW[0].text.encode()))
    with pytest.raises(OutputError) as refusal:
        write(folder, NEW, profile=PROFILE)

    said = os.strerror(number)
    assert str(refusal.value) == f"{folder}/{NEW[0].path}: {said[0].lower()}{said[1:]}"
    assert not any(UNFINISHED in place for place in places(folder))


def test_an_interrupted_render_clears_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(folder, NEW, profile=PROFILE)

    assert not any(UNFINISHED in place for place in places(folder))


def test_many_namespaces_need_few_descriptors(tmp_path: Path) -> None:
    many: Iterable[Artifact] = [marked(f"manifests/namespaces/{n}/network.yaml") for n in range(1500)]
    program = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\n" + RENDER_MANY
    with start_process(program, tmp_path / PROFILE) as process:
        assert process.wait() == 0

    assert compare(tmp_path / PROFILE, many) == Changes(unchanged=1500)


RENDER_MANY = """
import sys
from pathlib import Path
from hardener.tree import write
from tests.output_folder import marked
many = [marked(f"manifests/namespaces/{n}/network.yaml") for n in range(1500)]
assert len(write(Path(sys.argv[1]), many, profile="shop").added) == 1500
assert write(Path(sys.argv[1]), many, profile="shop").unchanged == 1500
"""
