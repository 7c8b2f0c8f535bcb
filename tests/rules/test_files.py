"""Every file is written whole or not at all, for its owner alone."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentionwatch.errors import UserError
from mentionwatch.files import append_text, create_text, write_bytes, write_text


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    written = tmp_path / "digest.html"

    write_text(written, ("Grüße, ", "world\n"))

    assert (written.read_text("utf-8"), mode(written)) == ("Grüße, world\n", 0o600)


def test_a_file_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    """A report that a web server reads must stay readable to it."""
    shared = tmp_path / "report.html"
    shared.touch()
    shared.chmod(0o644)

    write_text(shared, ("new",))

    assert (shared.read_text(), mode(shared)) == ("new", 0o644)


def test_a_run_that_is_cut_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    def cut_off() -> Iterator[str]:
        yield "half"
        raise KeyboardInterrupt

    kept = tmp_path / "digest.txt"
    kept.write_text("yesterday")

    with pytest.raises(KeyboardInterrupt):
        write_text(kept, cut_off())

    assert kept.read_text() == "yesterday"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)

    write_bytes(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()

    write_text(pipe, ("through",))

    reader.join(60)
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_has_no_name_is_written_to() -> None:
    """``-o /dev/stdout | cat`` and ``-o >(cat)``: the shell's pipe has a number and no name."""
    reading, writing = os.pipe()
    write_text(Path(f"/dev/fd/{writing}"), ("thr", "ough"))
    write_bytes(Path(f"/dev/fd/{writing}"), b" twice")
    os.close(writing)

    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"through twice"


def test_links_that_go_in_a_circle_are_one_line_to_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loop = Path("loopx")
    loop.symlink_to("loopx")

    with pytest.raises(UserError, match=r"^loopx: cannot be written: Too many levels of symbolic links$"):
        write_text(loop, ("x",))

    assert list(tmp_path.iterdir()) == [tmp_path / "loopx"]


def test_a_dash_is_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    write_text(Path("-"), ("a line",))
    write_bytes(Path("-"), b"bytes")

    assert capfd.readouterr().out == "a line\nbytes"
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_a_file_system_allows_can_be_replaced(tmp_path: Path) -> None:
    long = tmp_path / ("n" * 255)

    write_text(long, ("kept",))

    assert long.read_text() == "kept"


def test_a_remnant_that_somebody_prepared_is_not_written_through(tmp_path: Path) -> None:
    """Whoever may write to the folder must not choose where our words go."""
    elsewhere = tmp_path / "elsewhere"
    for name in (".digest.txt.part", f".digest.txt.{os.getpid()}.part", ".digest.txt.new"):
        (tmp_path / name).symlink_to(elsewhere)

    write_text(tmp_path / "digest.txt", ("ours",))

    assert not elsewhere.exists()


def test_a_new_file_replaces_none(tmp_path: Path) -> None:
    there = tmp_path / "mentionwatch.toml"
    there.write_text("mine")

    with pytest.raises(FileExistsError):
        create_text(there, "ours")

    assert there.read_text() == "mine"


def test_an_addition_keeps_every_byte_before_it(tmp_path: Path) -> None:
    config = tmp_path / "mentionwatch.toml"
    config.write_bytes(b"a = 1\r\n")

    append_text(config, "b = 2\n")

    assert config.read_bytes() == b"a = 1\r\nb = 2\n"


def test_a_folder_that_is_not_there_is_one_line_to_the_user(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere/digest\.txt: cannot be written: No such file or directory"):
        write_text(tmp_path / "nowhere" / "digest.txt", ("x",))
