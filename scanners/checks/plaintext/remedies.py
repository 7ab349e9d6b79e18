"""What to do about a credential in plain text: commands and manifests to copy, in which every name is quoted.

Names are the cluster's and hostile: quoted for shell and YAML, and reduced to what a Secret and its key may be.
"""

from __future__ import annotations

import json
import re

from scanners.checks.wording import quoted

PUBLISHED = (
    "Change the credential where it is issued: it stands in etcd, {where}, most likely in Git, and whoever may read "
    "{readers} has read it. Make a Secret of the new one, best by an ExternalSecret or a SealedSecret, or by hand from "
    "a file:"
)


def object_name(text: str) -> str:
    """The nearest name that a Kubernetes object may have."""
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:253] or "credentials"


def key_name(text: str) -> str:
    """The nearest name that a key of a Secret may have."""
    return re.sub(r"[^-._a-zA-Z0-9]", "-", text).strip("-")[:253] or "value"


def create_secret(secret: str, namespace: str, key: str) -> str:
    """The command that makes the Secret from a file."""
    within = f" -n {quoted(namespace)}" if namespace else ""
    return f"  kubectl create secret generic {secret}{within} --from-file={quoted(f'{key}=PATH')}"


def mounted(secret: str) -> str:
    """The lines that mount the Secret as files."""
    return (
        "  volumeMounts:\n"
        "    - name: credentials\n"
        "      mountPath: /etc/credentials\n"
        "      readOnly: true\n"
        "  # and beside containers:\n"
        "  volumes:\n"
        "    - name: credentials\n"
        "      secret:\n"
        f'        secretName: "{secret}"'
    )


def env_reference(variable: str, secret: str, key: str) -> str:
    """The lines that read one key of the Secret into an env var."""
    name = json.dumps(variable if variable.isprintable() else "NAME", ensure_ascii=False)
    return (
        "  env:\n"
        f"    - name: {name}\n"
        "      valueFrom:\n"
        "        secretKeyRef:\n"
        f'          name: "{secret}"\n'
        f'          key: "{key}"'
    )
