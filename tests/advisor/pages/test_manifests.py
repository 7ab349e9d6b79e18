"""The manifests' page: every tool, parameters typed in, and files that are those of the command."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from advisor.answers import parse_answers
from advisor.forms import ParametersForm, initial_of
from advisor.manifests import TOOLS, generate, zip_bytes
from advisor.matrix import TITLES
from advisor.models import Assessment
from advisor.parameters import STORE_FIELDS, parse_parameters
from secretsui.command import main
from tests.pages.html import page, words

AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

PARAMETERS: dict[str, Any] = {
    "namespace": "payments",
    "secret": "database",
    "keys": ["y", "1e3", "null"],
    "store": {"kind": "openbao", "path": "shop/db", "address": "https://bao.example.org:8200"},
    "service-account": "reader",
    "workload": {"kind": "CronJob", "name": "report", "container": "main"},
    "refresh": "30m",
    "scope": "namespace-wide",
    "age-recipients": [AGE],
    "versions": {"kubernetes": "1.36"},
}


def address(assessment: Assessment, tool: str = "") -> str:
    return reverse("manifests", args=[assessment.pk]) + (f"?{urlencode({'tool': tool})}" if tool else "")


def typed(parameters: dict[str, Any]) -> dict[str, Any]:
    """A browser's form for these parameters: the other stores' fields are sent too, empty."""
    empty = dict.fromkeys(ParametersForm("vault").fields, "")
    return empty | {name: value for name, value in initial_of(parameters, "vault").items() if value is not None}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_shows_its_files_in_order(assessment: Assessment, olga: Client, tool: Any) -> None:
    expected = generate(tool, parse_parameters({}), gitops="flux", workload_identity=True, consumption="both")
    found = page(olga.get(address(assessment, tool)))
    applied = sum(file.applied for file in expected.files)
    assert found.all("h1")[0].text == f"{applied} files to apply for app/app-credentials with {TITLES[tool]}"
    blocks = {block.attributes.get("aria-label"): block.text for block in found.all("pre")}
    for file in expected.files:
        assert blocks[file.path] == file.content
        for note in file.notes:
            assert note.text in found.text
    order = [block.attributes["aria-label"] for block in found.all("pre") if "aria-label" in block.attributes]
    assert order == list(expected.order)
    for item in expected.prerequisites:
        assert item.what in found.text
        assert item.version in found.text


@pytest.mark.parametrize("tool", TOOLS)
def test_the_zip_is_the_commands_for_the_same_answers_file(
    assessment: Assessment, olga: Client, tool: str, tmp_path: Path
) -> None:
    Assessment.objects.update(
        answers={"external-store": "openbao", "consumption": "unknown", "workload-identity": "no"},
        importance={"capacity": 2},
        parameters=PARAMETERS,
    )
    answers = olga.get(reverse("answers-file", args=[assessment.pk]))
    assert 'filename="payments-answers.yaml"' in answers["Content-Disposition"]
    (tmp_path / "answers.yaml").write_bytes(answers.content)
    parsed = parse_answers(answers.content.decode())
    assert dict(parsed.answers) == {"external-store": "openbao", "gitops": "flux", "workload-identity": "no"}
    assert (dict(parsed.importance), parsed.parameters) == ({"capacity": 2}, PARAMETERS)
    target = tmp_path / "set.zip"
    arguments = ["manifests", "--answers", str(tmp_path / "answers.yaml"), "--tool", tool, "-o", str(target)]
    assert main(arguments) == 0
    downloaded = olga.get(reverse("manifests-zip", args=[assessment.pk]) + f"?tool={tool}")
    assert downloaded["Content-Type"] == "application/zip"
    assert downloaded.content == target.read_bytes()
    expected = generate(
        tool,  # type: ignore[arg-type]
        parse_parameters(PARAMETERS),
        gitops="flux",
        workload_identity=False,
        consumption=None,
    )
    assert downloaded.content == zip_bytes(expected)
    assert zipfile.ZipFile(io.BytesIO(downloaded.content)).namelist() == [file.path for file in expected.files]


def test_parameters_typed_in_are_those_of_an_answers_file(assessment: Assessment, olga: Client) -> None:
    answer = olga.post(address(assessment), typed(PARAMETERS) | {"tool": "sops"})
    assert answer["Location"] == address(assessment, "sops")
    assert Assessment.objects.get().parameters == PARAMETERS
    shown = page(olga.get(address(assessment, "external-secrets")))
    assert "payments/database" in shown.all("h1")[0].text
    assert olga.post(address(assessment), typed({}) | {"tool": "sops"}).status_code == 302
    assert Assessment.objects.get().parameters == {}, "an empty field is not given"


@pytest.mark.parametrize("kind", STORE_FIELDS)
def test_every_store_can_be_typed_in(assessment: Assessment, olga: Client, kind: Any) -> None:
    fields = {name: field.default("app", "app-credentials") for name, field in STORE_FIELDS[kind].items()}
    form = typed({}) | {"store_kind": kind, "tool": "external-secrets"}
    assert olga.post(address(assessment), form | {f"{kind}.{name}": value for name, value in fields.items()})
    assert Assessment.objects.get().parameters == {"store": {"kind": kind, **fields}}
    found = page(olga.get(address(assessment, "external-secrets")))
    assert found.all("select", name="store_kind") and kind in {
        option.attributes["value"] for option in found.all("option") if "selected" in option.attributes
    }


def test_every_mistake_is_told_at_once_and_nothing_is_lost(assessment: Assessment, olga: Client) -> None:
    Assessment.objects.update(parameters={"namespace": "before"})
    wrong = typed({}) | {
        "tool": "sops",
        "namespace": "Bad Name",
        "keys": "fine\nno/way",
        "store_kind": "azure-key-vault",
        "azure-key-vault.tenant-id": "x",
        "workload_name": "UPPER",
        "refresh": "1d",
        "age_recipients": "AGE-SECRET-KEY-1QQQQ",
        "version.sops": "9.9",
    }
    answer = olga.post(address(assessment), wrong)
    found = page(answer)
    assert answer.status_code == 400
    text = words(found.text)
    for sentence in (
        "namespace is 'Bad Name'",
        "keys[1] is 'no/way'",
        "store.tenant-id is 'x'",
        "workload.name is 'UPPER'",
        "1d is 24h",
        "is a private key",
    ):
        assert sentence in text
    assert Assessment.objects.get().parameters == {"namespace": "before"}
    assert found.all("input", name="namespace")[0].attributes["value"] == "Bad Name"
    assert found.all("input", name="azure-key-vault.tenant-id")[0].attributes["value"] == "x"
    assert "no/way" in found.all("textarea", name="keys")[0].text


def test_hostile_parameters_do_not_get_out_of_their_fields(assessment: Assessment, olga: Client) -> None:
    for text in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}", "\u202e"):
        source = olga.post(address(assessment), typed({}) | {"tool": "sops", "namespace": text}).content.decode()
        assert "<script>alert" not in source and "<img src=x" not in source
        assert ">14<" not in source


def test_what_the_tool_cannot_do_is_said_and_gives_no_zip(assessment: Assessment, olga: Client) -> None:
    Assessment.objects.update(answers={"external-store": "aws"})
    found = page(olga.get(address(assessment, "vault-csi")))
    assert found.all("h1")[0].text == f"{TITLES['vault-csi']} cannot do this"
    assert "Your answers rule" in found.text
    assert not [link for link in found.all("a") if "manifests.zip" in link.attributes.get("href", "")]
    refused = olga.get(reverse("manifests-zip", args=[assessment.pk]) + "?tool=vault-csi")
    assert refused["Location"] == address(assessment, "vault-csi")


def test_parameters_that_are_no_longer_right_break_no_page(assessment: Assessment, olga: Client) -> None:
    """An answer changed afterwards, or an older version of the product, may leave what is refused today."""
    Assessment.objects.update(parameters={"store": {"region": "eu-west-1"}, "versions": {"sops": "1.0"}})
    for tool in TOOLS:
        answer = olga.get(address(assessment, tool))
        assert answer.status_code == 200
        assert page(answer).with_class("notice-warning")
    assert olga.get(assessment.get_absolute_url()).status_code == 200


def test_without_a_tool_the_recommended_one_is_shown_and_an_unknown_one_is_not_found(
    assessment: Assessment, olga: Client
) -> None:
    winner = assessment.advice.winner
    assert winner is not None
    assert TITLES[winner] in page(olga.get(address(assessment))).all("h1")[0].text
    assert olga.get(address(assessment, "helm")).status_code == 404
    assert olga.post(address(assessment), typed({}) | {"tool": "helm"}).status_code == 404


def test_the_downloads_name_is_safe(assessment: Assessment, olga: Client) -> None:
    Assessment.objects.update(name='a"; filename="../../x\r\nSet-Cookie: y')
    header = olga.get(reverse("manifests-zip", args=[assessment.pk]))["Content-Disposition"]
    assert header.startswith('attachment; filename="a-filename-x-set-cookie-y-')
    Assessment.objects.update(name="ключи")
    assert 'filename="assessment-' in olga.get(reverse("manifests-zip", args=[assessment.pk]))["Content-Disposition"]
