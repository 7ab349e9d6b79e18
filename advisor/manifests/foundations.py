"""What every cluster needs whichever tool is chosen: encryption at rest, access by name, audit, scanning in CI."""

from __future__ import annotations

from advisor.manifests.kubernetes import Style, derived_name, group_subject, role, role_binding, rule
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step
from advisor.manifests.yaml_writer import Document, yaml_file
from advisor.parameters import Parameters
from advisor.versions import minor

ENCRYPTION_FILE = f"{NOT_APPLIED}encryption-configuration.yaml"
AUDIT_FILE = f"{NOT_APPLIED}audit-policy.yaml"
MIGRATION_FILE = f"{NOT_APPLIED}rewrite-secrets.yaml"
READER_FILE = "40-secret-reader.yaml"
KEY_PLACEHOLDER = "REPLACE-WITH-THE-OUTPUT-OF: head -c 32 /dev/urandom | base64 -w0"
GITLEAKS = "v8.28.0"
TRUFFLEHOG = "3.90.5"
SECRETSUI = "0.1.0"
"""This product's own version, which the snippets pin."""
REPO_SCAN = "secretsui repo-scan . --fail-on high"


def readers_group(parameters: Parameters) -> str:
    """The group of people who may read the Secret in an emergency; the identity provider says who is in it."""
    return f"{parameters.namespace}-secret-readers"


def access_by_name(parameters: Parameters, style: Style, group: str, resource: str, name: str, kind: str) -> Draft:
    """A Role that names its one object, bound to a group of people; workloads that mount a Secret need none."""
    reader = derived_name(name, "-reader")
    readers = readers_group(parameters)
    documents = (
        Document(
            role(reader, parameters.namespace, [rule(group, resource, ["get"], [name])], style),
            {
                "rules[0].resourceNames": "Named, so that the Role reaches this object and no other.",
                "rules[0].verbs": "get only: list and watch would deliver every value of the namespace.",
            },
        ),
        Document(
            role_binding(reader, parameters.namespace, reader, group_subject(readers), style),
            {"subjects": "A group of your identity provider. Nobody reads anything until someone is in it."},
        ),
    )
    return Draft(
        files=[
            yaml_file(
                READER_FILE,
                f"Who may read the {kind} through the API: a Role that names it, for one group.",
                *documents,
            )
        ],
        prerequisites=[
            Prerequisite(
                what=f"Group {readers} in your identity provider, with whoever may read the {kind} in an emergency; "
                "it may be empty",
                provides=(f"Group//{readers}",),
            )
        ],
        after=[
            Step(
                title="See that access is by name",
                text="The first answer must be yes, the second no.",
                commands=(
                    f"kubectl auth can-i get {resource}{'.' + group if group else ''}/{name} -n {parameters.namespace} "
                    f"--as nobody --as-group {readers}",
                    f"kubectl auth can-i list {resource}{'.' + group if group else ''} -n {parameters.namespace} "
                    f"--as nobody --as-group {readers}",
                ),
            )
        ],
    )


def cluster_foundations(parameters: Parameters) -> Draft:
    """EncryptionConfiguration, audit policy and scanning: for whoever runs the control plane and the repository."""
    migrates = minor(parameters.versions["kubernetes"]) >= (1, 37)
    rewrite = (
        (
            f"kubectl apply -f {MIGRATION_FILE}",
            "kubectl wait --for=condition=Succeeded storageversionmigration/rewrite-secrets --timeout=30m",
        )
        if migrates
        else ("kubectl get secrets --all-namespaces -o json | kubectl replace -f -",)
    )
    return Draft(
        files=[_encryption(), *([_migration()] if migrates else []), _audit(), *_scanning()],
        after=[
            Step(
                title="Foundation: encryption at rest",
                text=f"Where you run the control plane yourself, put the key into `{ENCRYPTION_FILE}`, copy it "
                f"to every "
                "API server (mode 0600) and start it with `--encryption-provider-config`. Then rewrite what was stored "
                "before. On a managed cluster switch on the provider's KMS encryption instead. The last command prints "
                "`k8s:enc:…` where it works and nothing where it does not; it needs access to etcd.",
                commands=(
                    *rewrite,
                    f"etcdctl get /registry/secrets/{parameters.namespace}/{parameters.secret} --print-value-only "
                    "| grep -a -o '^k8s:enc:[a-z]*:v[12]:'",
                ),
            ),
            Step(
                title="Foundation: audit",
                text=f"Start every API server with `--audit-policy-file` set to a copy of `{AUDIT_FILE}` and "
                "`--audit-log-path`. Who read which Secret is then recorded, and no value is.",
            ),
            Step(
                title="Foundation: scan for committed secrets",
                text="Take the steps from `not-applied/ci/` into your pipeline and your clones. `secretsui repo-scan` "
                "looks at the files as they are: Secrets in plain, SOPS files with values left unencrypted, and "
                "whether CI scans at all. The others look through the history; run them over all of it once: what "
                "was ever committed must be rotated, not only deleted.",
                commands=(
                    "secretsui repo-scan .",
                    f'docker run --rm -v "$PWD:/repo" ghcr.io/gitleaks/gitleaks:{GITLEAKS} git /repo --redact '
                    f"--no-banner",
                    f'docker run --rm -v "$PWD:/repo" docker.io/trufflesecurity/trufflehog:{TRUFFLEHOG} '
                    "git file:///repo --results=verified,unknown --fail",
                ),
            ),
        ],
    )


def _encryption() -> ManifestFile:
    configuration = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [
                    {"secretbox": {"keys": [{"name": "key1", "secret": KEY_PLACEHOLDER}]}},
                    {"identity": {}},
                ],
            }
        ],
    }
    notes = {
        "resources[0].providers": "The first provider writes, all of them read. KMS v2 (`kms: {apiVersion: v2, name, "
        "endpoint}`) is better where a KMS plugin runs, since the key then lies outside this machine; aescbc is "
        "weaker.",
        "resources[0].providers[0].secretbox.keys[0].secret": "32 random bytes in base64, made with that command and "
        "kept off Git. A new key goes second, then first once every API server knows it.",
        "resources[0].providers[1]": "Last, so that what was stored in plaintext can still be read. Take it out "
        "once all "
        "Secrets are rewritten.",
    }
    return yaml_file(
        ENCRYPTION_FILE,
        "Encryption of Secrets in etcd, for the API server's --encryption-provider-config.",
        Document(configuration, notes),
        comment="Not for kubectl apply: it is a file of the control plane. An API server does not start with the "
        "placeholder in it.",
    )


def _audit() -> ManifestFile:
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {
                "level": "Metadata",
                "resources": [
                    {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                    {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
                ],
            },
            {"level": "Metadata"},
        ],
    }
    notes = {
        "rules[0].level": "Metadata records who, what and when. Request and RequestResponse would write the values of "
        "Secrets and the tokens themselves into the log.",
        "rules[1]": "Everything else, so that the indirect ways (exec, new Pods, RBAC changes) are recorded too.",
    }
    return yaml_file(
        AUDIT_FILE,
        "Audit policy that records every access to Secrets, for the API server's --audit-policy-file.",
        Document(policy, notes),
        comment="Not for kubectl apply: it is a file of the control plane.",
    )


def _migration() -> ManifestFile:
    migration = {
        "apiVersion": "storagemigration.k8s.io/v1",
        "kind": "StorageVersionMigration",
        "metadata": {"name": "rewrite-secrets"},
        "spec": {"resource": {"group": "", "resource": "secrets"}},
    }
    return yaml_file(
        MIGRATION_FILE,
        "Rewrites every stored Secret, so that the old ones are encrypted too. Served since Kubernetes 1.37.",
        Document(migration),
        comment="Only after every API server runs with the EncryptionConfiguration: kubectl apply -f this file then.",
    )


def _scanning() -> list[ManifestFile]:
    gitleaks = f"ghcr.io/gitleaks/gitleaks:{GITLEAKS}"
    trufflehog = f"docker.io/trufflesecurity/trufflehog:{TRUFFLEHOG}"
    github = {
        "name": "Scan for committed secrets",
        "on": {"push": {}, "pull_request": {}},
        "permissions": {"contents": "read"},
        "jobs": {
            "scan": {
                "runs-on": "ubuntu-latest",
                "steps": [
                    {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0, "persist-credentials": False}},
                    {"name": "secretsui", "run": f"pipx run --spec secretsui=={SECRETSUI} {REPO_SCAN}"},
                    {
                        "name": "gitleaks",
                        "run": f'docker run --rm -v "$PWD:/repo:ro" {gitleaks} git /repo --redact --no-banner',
                    },
                    {
                        "name": "trufflehog",
                        "run": f'docker run --rm -v "$PWD:/repo:ro" {trufflehog} '
                        "git file:///repo --results=verified,unknown --fail",
                    },
                ],
            }
        },
    }
    gitlab = {
        "secretsui": {
            "stage": "test",
            "image": "python:3.13",
            "before_script": [f"pip install --quiet secretsui=={SECRETSUI}"],
            "script": [REPO_SCAN],
        },
        "gitleaks": {
            "stage": "test",
            "image": {"name": gitleaks, "entrypoint": [""]},
            "variables": {"GIT_DEPTH": "0"},
            "script": ["gitleaks git . --redact --no-banner"],
        },
        "trufflehog": {
            "stage": "test",
            "image": {"name": trufflehog, "entrypoint": [""]},
            "variables": {"GIT_DEPTH": "0"},
            "script": ["trufflehog git file://. --results=verified,unknown --fail"],
        },
    }
    pre_commit = {
        "repos": [
            {"repo": "https://github.com/gitleaks/gitleaks", "rev": GITLEAKS, "hooks": [{"id": "gitleaks"}]},
            {
                "repo": "local",
                "hooks": [
                    {
                        "id": "secretsui-repo-scan",
                        "name": "secretsui repo-scan",
                        "entry": REPO_SCAN,
                        "language": "python",
                        "additional_dependencies": [f"secretsui=={SECRETSUI}"],
                        "pass_filenames": False,
                        "always_run": True,
                    }
                ],
            },
        ]
    }
    history = "The whole history is fetched: a secret deleted in the last commit is still in the one before."
    return [
        yaml_file(
            f"{NOT_APPLIED}ci/scan.github-actions.yaml",
            "GitHub Actions: copy to .github/workflows/. Fails the build on a committed secret.",
            Document(
                github,
                {
                    "jobs.scan.steps[0].uses": history,
                    "jobs.scan.steps[1].name": "The files as they are: Secrets in plain, SOPS files with values left "
                    "unencrypted. Add --format sarif -o secretsui.sarif to upload the findings to code scanning.",
                    "jobs.scan.steps[3].name": "It tries what it finds against the provider to see whether it works; "
                    "add --no-verification where that is not wanted.",
                },
            ),
        ),
        yaml_file(
            f"{NOT_APPLIED}ci/scan.gitlab-ci.yaml",
            "GitLab CI: merge into .gitlab-ci.yml. Fails the build on a committed secret.",
            Document(gitlab, {"gitleaks.variables": history}),
        ),
        yaml_file(
            f"{NOT_APPLIED}ci/pre-commit-config.yaml",
            "pre-commit: copy to .pre-commit-config.yaml. Stops a secret before it is committed.",
            Document(pre_commit),
        ),
    ]
