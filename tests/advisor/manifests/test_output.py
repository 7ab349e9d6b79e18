"""A set as a folder and as a zip: the same bytes every time, and nothing of the person's lost."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from advisor.manifests import OutputError, write_directory, write_zip, zip_bytes
from tests.advisor.manifests.sets import make_set


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_and_a_zip_hold_the_same_files(tmp_path: Path) -> None:
    manifests = make_set("sops", gitops="flux")
    write_directory(manifests, tmp_path / "new" / "folder")
    wanted = {file.path: file.content.encode() for file in manifests.files}
    assert content_of(tmp_path / "new" / "folder") == wanted
    with zipfile.ZipFile(io.BytesIO(zip_bytes(manifests))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == wanted
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write_directory(make_set("sops"), tmp_path)
    assert content_of(tmp_path) == {"mine.txt": b"mine"}
    write_directory(make_set("sops"), tmp_path, force=True)
    assert content_of(tmp_path)["mine.txt"] == b"mine"
    assert "README.md" in content_of(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        write_directory(make_set("sops"), tmp_path / "file", force=True)


def test_a_link_does_not_carry_the_writing_elsewhere(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "not-applied").symlink_to(outside)
    with pytest.raises(OutputError, match="is a link"):
        write_directory(make_set("sops"), inside, force=True)
    assert content_of(outside) == {}
    assert not (inside / "README.md").exists()


def test_an_existing_zip_is_replaced_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "set.zip"
    target.write_bytes(b"mine")
    with pytest.raises(OutputError, match="--force"):
        write_zip(make_set("sops"), target)
    assert target.read_bytes() == b"mine"
    write_zip(make_set("sops"), target, force=True)
    assert target.read_bytes() == zip_bytes(make_set("sops"))


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="cannot be written"):
        write_directory(make_set("sops"), tmp_path / "file" / "below")
    with pytest.raises(OutputError, match="cannot be written"):
        write_zip(make_set("sops"), tmp_path / "absent" / "set.zip")
