"""The cases in which other tools answer otherwise, as data: docs/comparison.md is written from it (`make docs`).

What a tool answers was found in August to November 2026 by running its rule on the case, unless it says that its
source was read. Facts only; nothing of theirs is here. Each case is a test of ours under the same id in tests/peers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """`answer` is what is true; `others` who answers otherwise, "" where the case comes from bug reports alone."""

    id: str
    given: str
    answer: str
    others: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """Which state of a tool was looked at."""

    name: str
    state: str


TOOLS = (
    Tool("Kubescape, with its rule library", "August 2026"),
    Tool("Trivy and trivy-operator", "August and July 2026"),
    Tool("Popeye", "April 2025"),
    Tool("Polaris", "August 2026"),
    Tool("kube-bench", "June 2026"),
    Tool("Prowler", "August 2026"),
    Tool("kor", "August 2026"),
    Tool("kube-linter", "2026, its published expressions run"),
    Tool("k8s-secret-audit", "2026, its source read"),
)

CASES = (
    Case(
        "T1",
        "an EncryptionConfiguration with `identity` before `aescbc` for Secrets",
        "Secrets are written in plaintext",
        "Kubescape C-0142 passes it",
        ("encryption-at-rest",),
    ),
    Case(
        "T2",
        "`aescbc` for ConfigMaps only",
        "Secrets are not encrypted",
        "Kubescape C-0142 passes it",
        ("encryption-at-rest",),
    ),
    Case(
        "T3",
        "`kms` for Secrets, then an entry with `identity` for events",
        "Secrets are encrypted",
        "Kubescape C-0142 and kube-bench 1.2.28 fail it",
        ("encryption-at-rest",),
    ),
    Case(
        "T4",
        "a comment after `providers:`; the configuration as JSON",
        "Secrets are encrypted",
        "kube-bench 1.2.28 fails the first and finds nothing in the second",
        ("encryption-at-rest",),
    ),
    Case(
        "T5",
        "the flag and its file as two words, in `args`, in a container that is not the first",
        "encryption is configured",
        "Kubescape C-0066 says it is not; Prowler does not look at `args` (source)",
        ("encryption-at-rest",),
    ),
    Case(
        "T6",
        "EKS 1.31 without an encryption configuration of its own",
        "encrypted with a key that AWS owns; a key of one's own is another matter",
        "Kubescape C-0066 fails it (source)",
        ("encryption-at-rest", "encryption-weak"),
    ),
    Case(
        "T7",
        "AKS with KMS, host encryption off",
        "encrypted",
        "Kubescape failed it, since mended",
        ("encryption-at-rest",),
    ),
    Case(
        "T8",
        "env vars whose value is a path: `X_SECRET_KEY_PATH`, `…_PASSWORD_FILE`, `SECRETS_DIR`",
        "no credential",
        "Polaris reports them; Kubescape and kube-linter did",
        ("plaintext-env",),
    ),
    Case(
        "T9",
        "`TOKEN=$(OTHER)` with OTHER from a Secret",
        "no credential",
        "Kubescape and Polaris report it",
        ("plaintext-env",),
    ),
    Case(
        "T10",
        "`envFrom` with a `secretRef`",
        "no plaintext, but a Secret in the environment",
        "Kubescape reports it as plaintext",
        ("plaintext-env", "secret-in-env"),
    ),
    Case(
        "T11",
        "a literal password in an init container and in an ephemeral container",
        "a credential in plain text",
        "Kubescape missed it when looked at",
        ("plaintext-env",),
    ),
    Case(
        "T12",
        "`postgres://user:password@host` in an env var and in a ConfigMap, `--password=…` in args",
        "credentials in plain text",
        "Kubescape, Polaris and Trivy miss all three",
        ("plaintext-env", "plaintext-args", "plaintext-configmap"),
    ),
    Case(
        "T13",
        "a password that begins with `/`",
        "a credential in plain text",
        "Kubescape misses it",
        ("plaintext-env",),
    ),
    Case(
        "T14",
        "a ConfigMap with `server-tokens: false`, `LOG_LEVEL: INFO`, `PORT: 8080`, `bypass_cache`",
        "no credential",
        "Trivy KSV-01010 and KSV-0109 report them",
        ("plaintext-configmap",),
    ),
    Case(
        "T15",
        "a file in a ConfigMap with an empty password, and with `${DB_PASSWORD}`",
        "no credential",
        "Trivy KSV-0109 reports both",
        ("plaintext-configmap",),
    ),
    Case(
        "T16",
        "a private key in `data` and in `binaryData` of a ConfigMap; a certificate alone",
        "two credentials, and none",
        "Trivy misses both keys, Kubescape the one in `binaryData`",
        ("plaintext-configmap",),
    ),
    Case(
        "T17",
        "a Secret whose `last-applied-configuration` holds its values",
        "the values stand in an annotation, and a scanner must not keep them",
        "k8s-secret-audit stores the annotation (source)",
        ("value-in-annotation",),
    ),
    Case(
        "T27",
        "a Secret used only by a Deployment at zero replicas, a suspended CronJob, a projected volume, an ephemeral "
        "container, an Ingress, an Istio Gateway, CloudNativePG, or a ServiceAccount",
        "used",
        "Popeye and kor call those of templates and custom resources unused",
        ("unused-secret",),
    ),
    Case(
        "T28",
        "two Secrets of one name in two namespaces, one of them used",
        "the other is unused",
        "k8s-secret-audit counts by name alone (source)",
        ("unused-secret",),
    ),
    Case(
        "T29",
        "the scanner may not list RoleBindings, or Secrets",
        "not assessed, and no better grade for it",
        "Popeye scores an empty scan A; k8s-secret-audit scores it 100 (source)",
        (),
    ),
    Case(
        "T30",
        "an audit policy of one Metadata rule; the same behind a None rule for Secrets",
        "covered; not covered",
        "Kubescape C-0161 says that the first does not cover Secrets",
        ("audit-off",),
    ),
    Case(
        "T31",
        "a label is added to a Secret, its data stay as they are",
        "the age of the value must not claim a change",
        "",
        ("rotation-overdue", "rotation-unproven"),
    ),
    Case(
        "T32",
        "a TLS Secret with only `ca.crt`, with an empty `tls.crt`, with an expired intermediate, and one nobody uses",
        "no crash; the earliest end of the chain counts; low where unused",
        "",
        ("certificate-expiring",),
    ),
    Case(
        "T33",
        "a token Secret that Kubernetes generated, one made by hand, one in use, one marked invalid",
        "four different findings",
        "",
        ("legacy-token",),
    ),
    Case(
        "T34",
        "a container that started before the value changed: with env, with a file, with a subPath mount",
        "stale; not stale; stale",
        "",
        ("stale-consumer",),
    ),
)


def page() -> str:
    """The comparison as Markdown."""
    rows = "\n".join(
        f"| {case.id} | {case.given} | {case.answer} | {case.others or '-'} | "
        f"{', '.join(f'`{check}`' for check in case.checks) or 'all'} |"
        for case in CASES
    )
    tools = "\n".join(f"| {tool.name} | {tool.state} |" for tool in TOOLS)
    return f"""# Beside other tools

Every case here is a test in `tests/peers` under the same id, so that whoever doubts an answer can run it:
`make test ARGS="tests/peers -k t12"`. Where others answer otherwise, their rule was run on the case, or, where it says
so, its source was read. Tools change: the state that was looked at stands below, and a mended case is a good case.

| id | given | what is true | who answers otherwise | check |
|---|---|---|---|---|
{rows}

## Which states were looked at

| tool | state |
|---|---|
{tools}

None of these tools looks at how long a value has been in its Secret, which object makes it, whether Pods still run on
the old value, or whether what stood in etcd before encryption was written anew.
"""
