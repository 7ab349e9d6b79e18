"""Runbooks: one for every kind of source, naming the real objects, and safe to copy whatever they are called."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from scanners.recipes import NEW_CREDENTIAL, OLD_AWAY, RECIPES
from scanners.runbooks import Reader, Runbook, Subject, readers_of, restart_command, runbook
from scanners.words import SOURCE_NAMES
from tests.pages.rows import HOSTILE_NAMES

HOSTILE = (
    *HOSTILE_NAMES,
    "$(touch owned)",
    "`touch owned`",
    "; touch owned #",
    "a\ntouch owned",
    "{namespace}",
    "'\"\\",
)


def subject(
    kind: str = "external-secrets", object_: str = "ExternalSecret/payments/api-keys", **fields: object
) -> Subject:
    known: dict[str, object] = {
        "namespace": "payments", "name": "database", "type": "Opaque", "keys": ("password", "username"),
        "source_kind": kind, "source_object": object_,
    }  # fmt: skip
    return Subject(**(known | fields))  # type: ignore[arg-type]


def commands(found: Runbook) -> list[str]:
    return [command for step in found.steps for command in step.commands]


def test_every_kind_of_source_has_a_recipe() -> None:
    assert set(RECIPES) == set(SOURCE_NAMES)


@pytest.mark.parametrize("kind", [*RECIPES, "something-new"])
def test_a_runbook_names_its_sources_and_ends_with_the_proof(kind: str) -> None:
    found = runbook(subject(kind, "Kind/payments/maker"))
    assert found.references and all(address.startswith("https://") for _, address in found.references)
    assert "scan again" in found.steps[-1].text
    assert not any("{" in step.text for step in found.steps), "a placeholder was left"
    texts = [step.text for step in found.steps]
    assert (NEW_CREDENTIAL in texts) == (OLD_AWAY in texts)


def test_external_secrets_are_refreshed_by_the_name_of_their_object() -> None:
    assert commands(runbook(subject()))[0] == (
        'kubectl annotate externalsecret api-keys -n payments force-sync="$(date +%s)" --overwrite'
    )


def test_a_value_never_stands_on_a_command_line_and_the_type_stays() -> None:
    found = runbook(subject("sealed-secrets", "SealedSecret/payments/database", type="kubernetes.io/tls", keys=("a",)))
    assert commands(found)[0] == (
        "kubectl create secret generic database -n payments --type=kubernetes.io/tls --from-file=a=PATH "
        "--dry-run=client -o yaml | kubeseal --format yaml > sealed.yaml"
    )
    for kind in RECIPES:
        assert not any("--from-literal" in command for command in commands(runbook(subject(kind))))


def test_what_is_not_known_is_left_to_the_reader() -> None:
    assert "--from-file=KEY=PATH" in commands(runbook(subject("manual", "", keys=None)))[0]
    assert "describe" not in " ".join(commands(runbook(subject("operator", "")))), "no object to describe"


def test_an_application_without_a_namespace_is_named_whole() -> None:
    assert commands(runbook(subject("argo-cd", "Application/shop"))) == ["argocd app sync shop", "argocd app get shop"]


def test_a_bootstrap_token_is_deleted_by_its_id() -> None:
    found = runbook(subject("bootstrap", "", name="bootstrap-token-07401b", namespace="kube-system"))
    assert commands(found)[0] == "kubeadm token delete 07401b"


def reader(kind: str, name: str, how: str, stale: bool | None = None) -> Reader:
    return Reader(kind, "payments", name, how, stale)


def test_what_reads_at_its_start_is_started_anew_and_files_are_not() -> None:
    found = runbook(
        subject(
            readers=(
                reader("Deployment", "api", "env", True),
                reader("Deployment", "api", "env-from", None),
                reader("StatefulSet", "ledger", "volume", None),
                reader("DaemonSet", "agent", "volume", False),
                reader("CronJob", "report", "env", None),
            )
        )
    )
    (step,) = [step for step in found.steps if step.text.startswith("Start anew")]
    assert step.commands == (
        "kubectl rollout restart deployment api -n payments",
        "kubectl rollout restart statefulset ledger -n payments",
        "kubectl get pods -n payments  # CronJob report: its next Pod reads the new value",
    )
    assert "Now on an older value: Deployment payments/api." in step.text


def test_of_many_consumers_the_rest_is_counted() -> None:
    readers = tuple(reader("Deployment", f"api-{index}", "env") for index in range(11))
    (step,) = [step for step in runbook(subject(readers=readers)).steps if step.text.startswith("Start anew")]
    assert len(step.commands) == 9 and step.commands[-1].startswith("# and 3 more")


def test_without_consumers_it_says_what_was_not_seen() -> None:
    assert any("leaves no reference" in step.text for step in runbook(subject()).steps)
    files = runbook(subject(readers=(reader("Deployment", "api", "volume", False),)))
    assert any("1 object refers to it" in step.text for step in files.steps)
    assert not any("rollout" in command for command in commands(files))


def test_readers_come_from_what_a_row_keeps() -> None:
    use = {"kind": "Pod", "namespace": "n", "name": "p", "how": "env", "keys": [], "field": "f"}
    assert readers_of([use, use | {"stale": True}]) == (
        Reader("Pod", "n", "p", "env"),
        Reader("Pod", "n", "p", "env", True),
    )


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", [*RECIPES, "something-new"])
def test_no_name_becomes_a_command(kind: str, name: str) -> None:
    readers = tuple(Reader(of, name, name, "env") for of in ("Deployment", "Rollout", "Pod", "Job", name))
    found = runbook(Subject(name, name, name, (name,), kind, f"{name}/{name}/{name}", readers))
    for command in commands(found):
        assert "\n" not in command
        words = shlex.split(command, comments=True)
        assert "touch" not in words and "owned" not in words, command
    for step in found.steps:
        assert "\n" not in step.text and "\u202e" not in step.text


def test_a_shell_that_runs_every_line_runs_no_name(tmp_path: Path) -> None:
    """Bash itself is asked, with every program replaced by one that does nothing."""
    tools = ("kubectl", "kubeseal", "sops", "git", "flux", "vault", "cmctl", "helm", "argocd", "kubeadm", "mv", "date")
    stubs = "".join(f"{tool}() {{ :; }}\n" for tool in tools)
    lines = []
    for name in HOSTILE:
        readers = tuple(Reader(of, name, name, "env") for of in ("Deployment", "Pod", "Job", name))
        for kind in RECIPES:
            lines += commands(runbook(Subject(name, name, name, (name,), kind, f"{name}/{name}/{name}", readers)))
    (tmp_path / "sealed.yaml").touch()
    (tmp_path / "run.sh").write_text(stubs + "\n".join(lines) + "\n: > ran-to-the-end\n", encoding="utf-8")
    subprocess.run(["bash", "run.sh"], cwd=tmp_path, check=False, stdin=subprocess.DEVNULL)
    assert {path.name for path in tmp_path.iterdir()} == {"sealed.yaml", "again.yaml", "run.sh", "ran-to-the-end"}


def test_a_restart_of_anything_else_is_told_not_guessed() -> None:
    assert (
        restart_command("Cluster", "db", "main") == "kubectl get pods -n db  # delete those of Cluster main, one by one"
    )
