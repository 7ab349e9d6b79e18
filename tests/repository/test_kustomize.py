"""Secrets that a kustomization makes, of literals, files and patches."""

from __future__ import annotations

from pathlib import Path

from tests.repository.trees import CERTIFICATE, PRIVATE_KEY, faults, work_tree

KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
secretGenerator:
  - name: literals
    literals:
      - username=app
      - password=hunter2
      - token=changeme
  - name: fine
    literals: [username=app, "password=${PASSWORD}"]
  - name: files
    files:
      - keys/id_rsa
      - tls.crt=certs/tls.crt
      - renamed=keys/api.txt
      - ../../outside.txt
  - name: env
    envs: [prod.env, ignored.env, missing.env]
configMapGenerator:
  - name: not-a-secret
    literals: [colour=blue]
"""


def test_literals_files_and_env_files(tmp_path: Path) -> None:
    tree = work_tree(
        tmp_path,
        {
            "overlays/prod/kustomization.yaml": KUSTOMIZATION,
            "overlays/prod/keys/id_rsa": PRIVATE_KEY,
            "overlays/prod/keys/api.txt": "some-opaque-thing-42\n",
            "overlays/prod/certs/tls.crt": CERTIFICATE,
            "overlays/prod/prod.env": "# x\nDB_USER=app\nDB_PASSWORD=hunter2\nOTHER=opaque42\n",
            "overlays/prod/ignored.env": "DB_PASSWORD=hunter2\n",
            ".gitignore": "ignored.env\n",
        },
    )
    found = {
        path.removeprefix("overlays/prod/"): [(fault.rule, fault.field, fault.keys, fault.line) for fault in items]
        for path, items in faults(tree).items()
    }
    assert found == {
        "kustomization.yaml": [("secret-generator", "secretGenerator literals", ("password",), 7)],
        "keys/id_rsa": [("secret-generator", "secretGenerator files", ("id_rsa",), 1)],
        "keys/api.txt": [("secret-generator", "secretGenerator files", ("renamed",), 1)],
        "prod.env": [("secret-generator", "secretGenerator env", ("DB_PASSWORD", "OTHER"), 3)],
    }


PATCHES = """\
kind: Kustomization
patches:
  - target: {kind: Secret, name: db}
    patch: |
      - op: replace
        path: /stringData/password
        value: hunter2
      - op: add
        path: /metadata/labels/password
        value: hunter2
  - patch: |
      apiVersion: v1
      kind: Secret
      metadata: {name: other}
      stringData: {password: hunter2}
  - target: {kind: Deployment, name: db}
    patch: "[{op: replace, path: /data/password, value: hunter2}]"
"""


def test_patches_of_secrets(tmp_path: Path) -> None:
    found = faults(work_tree(tmp_path, {"kustomization.yaml": PATCHES}))["kustomization.yaml"]
    assert [(fault.kind, fault.field, fault.line) for fault in found] == [
        ("patch that puts plain values into a Secret", "patch of Secret db", 5),
        ("Secret with plain data", "Secret other", 15),
    ]
