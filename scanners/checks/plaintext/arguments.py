"""plaintext-args: credentials that stand as literals on command lines of containers, their probes and hooks."""

from __future__ import annotations

import re
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

_PLACE = re.compile(r"\.(command|args|exec\.command|httpGet\.httpHeaders)\[\d+\]\Z")
_WORDS = {
    "command": "its command",
    "args": "its arguments",
    "exec.command": "the command of a probe or hook",
    "httpGet.httpHeaders": "a header of a probe or hook",
}


def _judge(_: Context, family: Family) -> Iterator[Fault]:
    for workload, literal in family.literals(lambda item: item.plaintext_args):
        found = _PLACE.search(literal.field)
        where = _WORDS[found[1]] if found else "its arguments"
        named = f" ({shown(literal.name)})" if literal.name else ""
        yield family.fault(workload, literal, f"{where}{named}", _remediation(family, literal))


def _remediation(family: Family, literal: PlaintextCredential) -> str:
    name = literal.name.strip("-") if len(literal.name.strip("-")) > 1 else "credential"
    secret, key = object_name(f"{family.name}-credentials"), key_name(name)
    variable = re.sub(r"[^A-Z0-9_]", "_", key.upper())
    container = shown_field(_PLACE.sub("", literal.field))
    return "\n\n".join(
        (
            PUBLISHED.format(where="in old ReplicaSets, in the process list of the node", readers="workloads"),
            create_secret(secret, family.namespace, key),
            f"Most programs take a file instead of the value (an option such as --password-file): in {container}, "
            "mount the Secret and name the file.",
            mounted(secret),
            f"If the program knows no such option, read the Secret into a variable and write $({variable}) in place "
            "of the value; the value still shows in the node's process list:",
            env_reference(variable, secret, key),
        )
    )


PLAINTEXT_ARGS = Check(
    id="plaintext-args",
    title="No command line holds a credential in plain text",
    severity="high",
    needs=WORKLOADS,
    checklist="no-plaintext-in-git",
    what=(
        "A word of command or args of a container, an init container or an ephemeral container carries a credential: "
        "as the value of an option (--password=x, --password x, -Dspring.datasource.password=x), behind a short option "
        "of a program that is known to take one there (mysql -px, curl -u user:x), inside a connection string or a "
        "header, or in a script given to a shell. Commands of probes and lifecycle hooks, and the headers these send, "
        "count as well. References such as $(VAR) and paths of files are none."
    ),
    why=(
        "Everybody who may read workloads reads it; it stands unencrypted in etcd and in every backup, and once the "
        "container runs, in the process list of the node and of every process beside it."
    ),
    fix=(
        "Rotate the credential, put the new one into a Secret, and give the program of {kind} {namespace}/{name} a "
        "file or a variable in place of {field}."
    ),
    blind_spots=(
        "A short option counts only behind a program that is known to take a credential there, so -p SECRET of an "
        "unknown program, or of an image whose entrypoint is not in the manifest, is not seen. What a script reads "
        "from elsewhere or puts together from parts is not followed."
    ),
    references=(
        (
            "Define a command and arguments for a container",
            "https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/",
        ),
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
