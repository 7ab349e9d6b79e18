"""Reading a tree that wants to be left, to run something, or to take all memory and time."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from scanners.assess import assess
from scanners.repository import RepositoryError, read_repository
from scanners.repository.documents import NotYaml, compose
from scanners.repository.file_reading import read_file
from scanners.repository.work_tree import MAX_FILE_BYTES
from tests.repository.trees import (
    GITHUB_TOKEN,
    NOW,
    PRIVATE_KEY,
    faults,
    findings,
    git,
    report,
    scanned,
    secret,
    work_tree,
)

PLAIN = secret(string_data="{password: hunter2}")


def paths(folder: Path) -> set[str]:
    return {file.path for file in scanned(folder).files}


def test_tracked_and_new_files_without_ignored_ones(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.yaml": PLAIN, ".gitignore": "*.local\nbuild/\n"})
    for name in ("new.yaml", "x.local", "build/x.yaml"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(PLAIN)
    assert paths(tree) == {"a.yaml", ".gitignore", "new.yaml"}


def test_without_git_every_file_is_looked_at_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = work_tree(tmp_path, {"a.yaml": PLAIN, ".gitignore": "*.local\n", "x.local": PLAIN})
    monkeypatch.setenv("PATH", "/nonexistent")
    assert paths(tree) == {"a.yaml", ".gitignore", "x.local"}
    assert "ignored ones were looked at too" in report(tree).coverage[0].detail


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PLAIN)
    assert set(faults(tmp_path)) == {"a.yaml"}


def test_a_part_of_a_tree_has_the_paths_and_the_pipelines_of_the_whole(tmp_path: Path) -> None:
    tree = work_tree(
        tmp_path,
        {
            "apps/db.yaml": PLAIN,
            "other/db.yaml": PLAIN,
            ".sops.yaml": "creation_rules: [{path_regex: apps/.*}]\n",
            ".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{uses: gitleaks/gitleaks-action@v2}]}}\n",
        },
    )
    for part in (tree / "apps", tree / "apps" / "db.yaml"):
        found = report(part)
        assert [finding.name for finding in found.findings] == ["apps/db.yaml"]
        assert "creation rule 1 of .sops.yaml" in found.findings[0].evidence
        assert {check.id: check.status for check in found.checks} == {
            "git-plaintext-secret": "fail",
            "ci-unscanned": "pass",
        }


def test_links_are_not_followed_and_loops_end(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "inner").mkdir(parents=True)
    (outside / "secret.yaml").write_text(PLAIN)
    tree = work_tree(tmp_path / "tree", {"dir/a.txt": "x"})
    (tree / "link.yaml").symlink_to(outside / "secret.yaml")
    (tree / "folder").symlink_to(outside)
    (tree / "loop").symlink_to(tree)
    (tree / "round").symlink_to("round")
    git(tree, "add", "--all")
    # What git knows as a folder of files is a link by now.
    (tree / "dir" / "a.txt").unlink()
    (tree / "dir").rmdir()
    (outside / "a.txt").write_text(PLAIN)
    (tree / "dir").symlink_to(outside)
    assert faults(tree) == {}
    assert paths(tree) == set()
    detail = report(tree).coverage[0].detail
    assert "links" in detail
    with pytest.raises(RepositoryError, match=r"circle|links|cannot look"):
        read_repository(tree / "round", NOW)


def test_pipes_devices_and_deleted_files(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.yaml": PLAIN, "gone.yaml": PLAIN})
    (tree / "gone.yaml").unlink()
    os.mkfifo(tree / "pipe.yaml")
    assert paths(tree) == {"a.yaml"}


CANARY = "touch {canary}"


def test_the_repository_s_own_configuration_runs_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    tree = work_tree(tmp_path / "tree", {"a.yaml": PLAIN, ".gitattributes": "* filter=evil\n"})
    hooks = tree / ".git" / "hooks"
    for hook in ("post-index-change", "pre-commit", "fsmonitor-watchman", "post-checkout"):
        (hooks / hook).write_text(program.read_text())
        (hooks / hook).chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "credential.helper",
        "alias.ls-files",
    ):
        git(tree, "config", name, str(program))
    git(tree, "config", "filter.evil.clean", str(program))
    git(tree, "config", "filter.evil.smudge", str(program))
    git(tree, "config", "core.worktree", "/")
    (tree / "new.yaml").write_text(PLAIN)
    (tree / "a.yaml").touch()
    assert paths(tree) == {"a.yaml", ".gitattributes", "new.yaml"}
    assert not canary.exists()
    # The monitor is what an ordinary `git status` would have run.
    subprocess.run(["git", "-C", tree, "--work-tree", tree, "status"], capture_output=True)
    assert canary.exists()


def test_git_s_variables_of_a_hook_lead_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = work_tree(tmp_path / "other", {"other.yaml": PLAIN})
    tree = work_tree(tmp_path / "tree", {"a.yaml": PLAIN})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert paths(tree) == {"a.yaml"}


def test_repositories_inside_and_submodules_are_left_out(tmp_path: Path) -> None:
    tree = work_tree(tmp_path / "tree", {"a.yaml": "x: 1\n"})
    work_tree(tree / "nested", {"secret.yaml": PLAIN})
    git(tree, "update-index", "--add", "--cacheinfo", "160000,0123456789012345678901234567890123456789,module")
    found = report(tree)
    assert not [finding for finding in found.findings if finding.kind == "File"]
    assert "1 repository inside this one" in found.coverage[0].detail
    assert "1 submodule" in found.coverage[0].detail


def test_names_that_are_no_text_or_have_line_breaks(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"line\nbreak.yaml": PLAIN, "with space & (more)'\"$.yaml": PLAIN, "-o.yaml": PLAIN})
    raw = os.path.join(os.fsencode(tree), b"caf\xe9.yaml")
    with open(raw, "w") as stream:
        stream.write(PLAIN)
    git(tree, "add", "--all")
    found = {finding.name: finding for finding in findings(tree)}
    assert set(found) == {"line\nbreak.yaml", "with space & (more)'\"$.yaml", "-o.yaml", r"caf\xe9.yaml"}
    assert "\n" not in found["line\nbreak.yaml"].message
    assert " ./-o.yaml" in found["-o.yaml"].remediation, "no option of the command that is advised"
    assert r"caf\xe9.yaml" in found[r"caf\xe9.yaml"].message


def test_a_file_that_cannot_be_read_passes_nothing(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.yaml": "x: 1\n"})
    with open(tree / "big.yaml", "wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    line = next(check for check in report(tree).checks if check.id == "git-plaintext-secret")
    assert line.status == "not-assessed"
    assert "big.yaml" in line.reason and "32 MiB" in line.reason


def test_a_file_without_permission_passes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faked, since root may read everything."""
    tree = work_tree(tmp_path, {"a.yaml": PLAIN})
    opened = os.open

    def refused(path: Path, *arguments: int) -> int:
        if Path(path).name == "a.yaml":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *arguments)

    monkeypatch.setattr(os, "open", refused)
    line = next(check for check in report(tree).checks if check.id == "git-plaintext-secret")
    assert line.status == "not-assessed" and "Permission denied" in line.reason


def test_binary_files_are_counted_and_utf_16_is_read(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.txt": "x"})
    (tree / "picture.png").write_bytes(b"\x89PNG\0\0" + PLAIN.encode())
    (tree / "windows.yaml").write_bytes(PLAIN.encode("utf-16"))
    assert set(faults(tree)) == {"windows.yaml"}
    assert "1 binary file" in report(tree).coverage[0].detail


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB + PLAIN.replace("\n", "\n  ").join(("z:\n  ", "\n")),
        "a: &a\n  b: *a\nkind: Secret\nstringData: {password: hunter2, x: *a}\n",
        "kind: Secret\nstringData: {password: hunter2}\nx: " + "[" * 5000 + "]" * 5000,
        "kind: Secret\ndata:\n  password: hunter2\n" + "  - " * 20000,
        "kind: Secret\nstringData:\n  password: hunter2\nx: !!python/object/apply:os.system [touch /tmp/canary]\n",
        "kind: Secret\nstringData:\n  password: hunter2\n  note: " + "A" * 10_000_000 + "\n",
        "kind: Secret\nstringData:\n  password: hunter2\n" + "".join(f"  k{number}: v\n" for number in range(50_000)),
    ],
    ids=["laughs", "loop", "flow", "block", "tag", "long-line", "many-keys"],
)
def test_hostile_yaml_is_read_or_let_be(tmp_path: Path, text: str) -> None:
    reading = read_file("a.yaml", text)
    assert any("Secret" in fault.kind for fault in reading.file.faults)


def test_a_secret_that_nothing_can_read_passes_nothing(tmp_path: Path) -> None:
    tree = work_tree(tmp_path, {"a.yaml": "kind: Secret\nmetadata: [\n"})
    line = next(check for check in report(tree).checks if check.id == "git-plaintext-secret")
    assert line.status == "not-assessed"
    assert "a.yaml could not be judged: it holds a Secret and is not valid YAML" in line.reason


def test_braces_that_never_close() -> None:
    reading = read_file("a.yaml", "{{ " * 100_000 + "\n" + PLAIN)
    assert [fault.keys for fault in reading.file.faults] == [("password",)]


def test_depth_is_refused_before_the_parser_descends() -> None:
    with pytest.raises(NotYaml):
        compose("[" * 100_000)
    with pytest.raises(NotYaml):
        compose("- " * 100_000)


def test_one_long_line_of_anything(tmp_path: Path) -> None:
    line = "x" * 5_000_000 + f" {GITHUB_TOKEN} " + "y" * 5_000_000
    tree = work_tree(tmp_path, {"app.js": line, "data.txt": line})
    assert {path: [fault.kind for fault in items] for path, items in faults(tree).items()} == {
        "app.js": ["GitHub token"],
        "data.txt": ["GitHub token"],
    }


def test_no_value_is_kept_anywhere(tmp_path: Path) -> None:
    canaries = ("hunter2-canary", "canary-in-a-key", GITHUB_TOKEN[10:], PRIVATE_KEY.split("\n")[1])
    tree = work_tree(
        tmp_path,
        {
            "a.yaml": secret(string_data="{password: hunter2-canary}"),
            "b.env": "DB_PASSWORD=hunter2-canary\n",
            "c.py": f"TOKEN = '{GITHUB_TOKEN}'\n",
            "id_rsa": PRIVATE_KEY,
            "kustomization.yaml": "secretGenerator: [{name: x, literals: [password=hunter2-canary]}]\n",
            "url.json": '{"url": "postgres://app:hunter2-canary@db/x"}\n',
        },
    )
    inventory = read_repository(tree, NOW)
    assert {file.path for file in inventory.repository.files if file.faults} == {  # type: ignore[union-attr]
        "a.yaml", "b.env", "c.py", "id_rsa", "kustomization.yaml", "url.json",
    }  # fmt: skip
    text = repr(inventory) + repr(assess(inventory))
    assert not [canary for canary in canaries if canary in text]


def test_ids_stay_when_lines_move_and_differ_for_each_fault(tmp_path: Path) -> None:
    first = work_tree(tmp_path / "1", {"a.yaml": PLAIN, "x.py": f"a = '{GITHUB_TOKEN}'\nb = '{GITHUB_TOKEN}'\n"})
    second = work_tree(
        tmp_path / "2",
        {"a.yaml": f"# moved\n\n{PLAIN}", "x.py": f"#\n#\na = '{GITHUB_TOKEN}'\n\nb = '{GITHUB_TOKEN}'\n"},
    )
    ids = [finding.id for finding in findings(first)]
    assert ids == [finding.id for finding in findings(second)]
    assert len(set(ids)) == len(ids) == 3
    assert [finding.line for finding in findings(first)] != [finding.line for finding in findings(second)]


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="check the path"):
        read_repository(tmp_path / "nowhere", NOW)
