"""Secrets in manifests of every form that a repository holds them in."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from scanners.repository.secret_manifests import secret_manifests
from tests.repository.trees import GITHUB_TOKEN, faults, findings, secret, work_tree

HUNTER = base64.b64encode(b"hunter2").decode()


def plain(text: str) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    """(label, (key, line) of its plain values) of every Secret in a text."""
    return [(manifest.label, manifest.plain) for manifest in secret_manifests(text)]


def test_each_secret_of_a_file_with_its_keys_and_lines() -> None:
    text = "# two of them\n---\n" + secret("a", string_data="{password: hunter2, username: x}") + "---\n"
    text += "apiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n"
    text += f"data:\n  token: {HUNTER}\n  empty: ''\n  other: {HUNTER}\n"
    assert plain(text) == [
        ("Secret shop/a", (("password", 6),)),
        ("Secret b", (("token", 13), ("other", 15))),
    ]


@pytest.mark.parametrize(
    "text",
    [
        secret(string_data="{password: changeme}"),
        secret(data="{password: ''}"),
        secret(),
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata:\n  name: t\n"
        "  annotations: {kubernetes.io/service-account.name: robot}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n$patch: delete\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {password: hunter2}\n",
        "apiVersion: vault.example.com/v1\nkind: Secret\nstringData: {password: hunter2}\n",
        "apiVersion: v1\nkind: Pod\nspec: {volumes: [{secret: {secretName: kind-Secret}}]}\n",
    ],
)
def test_nothing_in_plain(text: str) -> None:
    assert not any(keys for _, keys in plain(text))


def test_lists_and_objects_within_objects() -> None:
    item = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}, "stringData": {"password": "hunter2"}}
    unnamed = {"metadata": {"name": "b"}, "data": {"password": HUNTER}}
    for text in (
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]}),
        json.dumps({"apiVersion": "template.openshift.io/v1", "kind": "Template", "objects": [item]}, indent=4),
        json.dumps({"extraObjects": [item]}),
    ):
        assert [keys for _, ((keys, _),) in plain(text)] == ["password"]
    (found,) = plain(json.dumps({"apiVersion": "v1", "kind": "SecretList", "items": [unnamed]}))
    assert found[0] == "Secret b"


def test_a_secret_as_text_inside_another_object() -> None:
    inner = secret("inner", data=f"{{password: {HUNTER}}}").replace("\n", "\n    ")
    text = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  x.yaml: |\n    {inner}\n"
    ((label, ((key, line),)),) = plain(text)
    assert (label, key) == ("Secret shop/inner", "password")
    assert text.split("\n")[line - 1].strip().startswith("data:")


TEMPLATE = """\
{{- if .Values.enabled }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ include "chart.fullname" . }}
  labels:
    {{- include "chart.labels" . | nindent 4 }}
type: Opaque
data:
  {{- range $key, $value := .Values.secrets }}
  {{ $key }}: {{ $value | b64enc }}
  {{- end }}
  password: {{ .Values.password | default (randAlphaNum 20) | b64enc | quote }}
  %s
{{- end }}
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("other: {{ .Values.x | b64enc }}", []),
        ('token: {{ "hunter2x9" | b64enc }}', [("token", 14)]),
        ('token: {{ b64enc "hunter2x9" | quote }}', [("token", 14)]),
        ('password2: {{ .Values.x | default "hunter2" | b64enc | quote }}', [("password2", 14)]),
        ('password2: {{ default "hunter2" .Values.x | b64enc }}', [("password2", 14)]),
        ('password2: {{ default "changeme" .Values.x | b64enc }}', []),
        (f"token: {HUNTER}", [("token", 14)]),
    ],
)
def test_helm_templates(line: str, found: list[tuple[str, int]]) -> None:
    ((label, keys),) = plain(TEMPLATE % line)
    assert label == "Secret …"
    assert list(keys) == found


def test_a_document_that_is_no_yaml_is_read_by_its_lines_and_hides_no_other() -> None:
    broken = f"kind: Secret\nmetadata:\n  name: broken\ndata:\n  password: {HUNTER}\n  user: {HUNTER}\n bad: [\n"
    text = broken + "---\n" + secret("whole", string_data="{password: hunter2}")
    assert plain(text) == [
        ("Secret broken", (("password", 5),)),
        ("Secret shop/whole", (("password", 12),)),
    ]


def test_anchors_and_merges() -> None:
    item = "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {<<: *v}}"
    text = f"x: &v {{password: hunter2}}\nitems:\n- {item}\n"
    assert [label for label, keys in plain(text) if keys] == ["Secret a"]


def test_sealed_external_and_other_secrets_that_are_none() -> None:
    sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s, namespace: shop}\nspec:\n"
    sealed += f"  encryptedData:\n    password: AgB{'y' * 300}\n"
    assert plain(sealed) == [("SealedSecret shop/s", ())]
    assert plain(sealed + "  template:\n    data:\n      config: 'user={{ .user }}'\n      user: app\n")[0][1] == ()
    ((_, keys),) = plain(sealed + "  template:\n    data:\n      password: hunter2\n")
    assert keys == (("password", 9),)


FINE = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data:
  - secretKey: db_password
    remoteRef: {key: shop/db-credentials, property: admin_password}
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: db}
spec:
  provider: vault
  parameters:
    roleName: shop
    objects: |
      - objectName: db-password
        secretPath: secret/data/db
        secretKey: password
---
apiVersion: isindir.github.com/v1alpha3
kind: SopsSecret
metadata: {name: db}
spec:
  secretTemplates:
  - name: db
    stringData:
      password: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    env:
    - name: DB_PASSWORD
      valueFrom: {secretKeyRef: {name: db, key: password}}
"""


def test_files_without_a_fault(tmp_path: Path) -> None:
    files = {f"{number}.yaml": text for number, text in enumerate(FINE.split("---\n"))}
    assert faults(work_tree(tmp_path, files | {"all.yaml": FINE})) == {}


def test_credentials_of_other_files_are_found_once(tmp_path: Path) -> None:
    tree = work_tree(
        tmp_path,
        {
            "app/settings.py": f'TOKEN = "{GITHUB_TOKEN}"\n',
            "deploy.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n"
            "      - env:\n        - name: DB_PASSWORD\n          value: hunter2-prod\n",
            "secret.yaml": secret(string_data=f"{{token: {GITHUB_TOKEN}}}"),
            ".env": "# local\nDB_HOST=db\nDB_PASSWORD=hunter2-prod\n",
            "values.json": json.dumps({"db": {"host": "x", "password": "hunter2-prod"}}, indent=2),
            "package-lock.json": json.dumps({"password": "hunter2-prod", "x": GITHUB_TOKEN}),
        },
    )
    found = {path: [(fault.kind, fault.field, fault.line) for fault in list_] for path, list_ in faults(tree).items()}
    assert found == {
        ".env": [("password", "DB_PASSWORD", 3)],
        "app/settings.py": [("GitHub token", "", 1)],
        "deploy.yaml": [("password", "spec.template.spec.containers[0].env[0].value", 9)],
        "secret.yaml": [("Secret with plain data", "Secret shop/db", 4)],
        "values.json": [("password", "db.password", 4)],
    }
    assert {finding.severity for finding in findings(tree) if finding.name in (".env", "values.json")} == {"high"}


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("key = 'AKIA" + "QYLPMN5HFIQR7XYZ'", ["AWS access key"]),
        ("key = 'AKIAIOSFODNN7EXAMPLE'", []),
        ("db = 'postgres://app:hunter2@db.prod:5432/shop'", ["connection string with a password"]),
        ("db = 'postgres://user:password@localhost/shop'", []),
        ("db = f'postgres://{user}:{password}@{host}/shop'", []),
        ('db := fmt.Sprintf("postgres://%s:%s@%s/shop", u, p, h)', []),
        ("password = 'hunter2'", []),
        (f"token = '{GITHUB_TOKEN}'", ["GitHub token"]),
    ],
)
def test_code_is_looked_at_for_what_tells_by_its_form(tmp_path: Path, line: str, kinds: list[str]) -> None:
    found = faults(work_tree(tmp_path, {"app/main.go": f"package main\n\n{line}\n"})).get("app/main.go", [])
    assert [(fault.kind, fault.line) for fault in found] == [(kind, 3) for kind in kinds]


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("clusters/test/db.yaml", "critical"),
        ("deploy/db.yaml", "critical"),
        ("tests/data/db.yaml", "low"),
        ("pkg/testdata/db.yaml", "low"),
        ("examples/db.yaml", "low"),
        ("docs/db.yaml", "low"),
        ("db.yaml.example", "low"),
        ("test/e2e/db.yaml", "low"),
    ],
)
def test_tests_and_examples_are_said_quietly(tmp_path: Path, path: str, severity: str) -> None:
    (finding,) = findings(work_tree(tmp_path, {path: secret(string_data="{password: hunter2}")}))
    assert (finding.severity, finding.line) == (severity, 4)
    assert ("mostly made up" in finding.message) == (severity == "low")
