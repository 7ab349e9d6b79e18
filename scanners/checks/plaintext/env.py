"""plaintext-env: credentials that stand as literals in env vars of Pod templates."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.checks.check import Check, Fault
from scanners.checks.inputs import WORKLOADS
from scanners.checks.plaintext.families import Family, families, shown_field
from scanners.checks.plaintext.remedies import (
    PUBLISHED,
    create_secret,
    env_reference,
    key_name,
    mounted,
    object_name,
)
from scanners.checks.wording import shown
from scanners.context import Context
from scanners.inventory import PlaintextCredential


def _judge(_: Context, family: Family) -> Iterator[Fault]:
    for workload, literal in family.literals(lambda item: item.plaintext_env):
        where = f"env var {shown(literal.name)}"
        yield family.fault(workload, literal, where, _remediation(family, literal))


def _remediation(family: Family, literal: PlaintextCredential) -> str:
    secret, key = object_name(f"{family.name}-credentials"), key_name(literal.name)
    container = shown_field(literal.field.rpartition(".env[")[0] or literal.field)
    return "\n\n".join(
        (
            PUBLISHED.format(where="in old ReplicaSets", readers="workloads"),
            create_secret(secret, family.namespace, key),
            f"Then, in {container}, mount it as a file, which a rotation updates and no child process inherits:",
            mounted(secret),
            "If the program reads nothing but its environment, replace value by a reference:",
            env_reference(literal.name, secret, key),
        )
    )


PLAINTEXT_ENV = Check(
    id="plaintext-env",
    title="No env var holds a credential in plain text",
    severity="high",
    needs=WORKLOADS,
    checklist="no-plaintext-in-git",
    what=(
        "The literal value of an env var of a container, an init container or an ephemeral container is a "
        "credential: a password, a key or token, a private key, a connection string with a password, also inside a "
        "file that the variable holds. The value decides before the name: paths, references, durations, names of "
        "objects and URLs without credentials are none."
    ),
    why=(
        "Everybody who may read workloads reads it, which is nearly everybody; it stands unencrypted in etcd, in "
        "every backup, in the history of ReplicaSets, and in the Git repository the manifest came from. It cannot "
        "be rotated without a rollout."
    ),
    fix=(
        "Rotate the credential, put the new one into a Secret, and mount that as a file into {kind} "
        "{namespace}/{name}, or refer to it by secretKeyRef in place of {field}."
    ),
    blind_spots=(
        "Arguments and commands, ConfigMaps and annotations have checks of their own: plaintext-args, "
        "plaintext-configmap, value-in-annotation. A credential that looks like a path, a template or the name of an "
        "object under a doubtful name is not recognised."
    ),
    references=(
        ("Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/"),
        (
            "Distribute credentials securely",
            "https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.1 Prefer using secrets as files over secrets as environment variables"),
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=families,
    judge=_judge,
)
