"""plaintext-configmap: credentials in ConfigMaps, as values and inside the files that they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.plaintext.families import place, said_of, shown_field, with_article
from scanners.checks.plaintext.remedies import PUBLISHED, create_secret, key_name, mounted, object_name
from scanners.checks.wording import listed, shown
from scanners.context import Context
from scanners.inventory import ConfigMap, PlaintextCredential

_KEY = re.compile(r'(?:data|binaryData)\["(.*?)"\](?: (.*))?', re.DOTALL)


def _select(context: Context) -> Iterator[ConfigMap | Unknown]:
    for config_map in context.inventory.config_maps:
        if config_map.unreadable and config_map.plaintext:
            yield _unread(config_map)  # it fails, and what an earlier scan found in the rest is not disproved
        yield config_map


def _judge(_: Context, config_map: ConfigMap) -> Judgement:
    if config_map.unreadable and not config_map.plaintext:
        return _unread(config_map)
    return list(_faults(config_map))


def _unread(config_map: ConfigMap) -> Unknown:
    return Unknown(
        f"ConfigMap {place(config_map.namespace, config_map.name)} holds more than is judged, under "
        f"{listed(config_map.unreadable)}: split what is too large, or nested too deeply, into several keys"
    )


def _faults(config_map: ConfigMap) -> Iterator[Fault]:
    owner = config_map.owner
    made = f"; made by {shown(owner.kind)} {shown(owner.name)}, which must change first" if owner else ""
    for literal in config_map.plaintext:
        found = _KEY.fullmatch(literal.field)
        inside = f" at {shown_field(found[2])}" if found and found[2] else ""
        key = found[1] if found else literal.name
        yield Fault(
            kind="ConfigMap",
            namespace=config_map.namespace,
            name=config_map.name,
            field=literal.field,
            message=(
                f"ConfigMap {place(config_map.namespace, config_map.name)} has {with_article(literal.credential)} "
                f"in plain text under {shown(key)}{inside}."
            ),
            evidence=said_of(literal) + made,
            remediation=_remediation(config_map, literal, key, bool(inside)),
        )


def _remediation(config_map: ConfigMap, literal: PlaintextCredential, key: str, in_file: bool) -> str:
    secret = object_name(f"{config_map.name}-credentials")
    steps = [
        PUBLISHED.format(where="in every backup", readers="ConfigMaps"),
        create_secret(secret, config_map.namespace, key_name(literal.name if in_file else key)),
    ]
    if in_file:
        steps += [
            "Take the value out of the file and let the program read it from a file of its own, or from a variable if "
            "its configuration can refer to one (such as ${DB_PASSWORD}). Where neither is possible, put the whole "
            "file into the Secret instead of the ConfigMap. Mount the Secret where the ConfigMap is used:",
        ]
    else:
        steps += [
            "Take the key out of the ConfigMap, and mount the Secret where it is used; for an env var, replace "
            "configMapKeyRef by secretKeyRef:",
        ]
    return "\n\n".join([*steps, mounted(secret)])


PLAINTEXT_CONFIGMAP = Check(
    id="plaintext-configmap",
    title="No ConfigMap holds a credential in plain text",
    severity="high",
    needs=("configmaps",),
    checklist="no-plaintext-in-git",
    what=(
        "A value of a ConfigMap is a credential, or holds one: under its key, in a field of a file (YAML, JSON, TOML, "
        "properties, env files, INI, XML), in a line of a script or of any other text, in a connection string, as a "
        "private key. binaryData is judged as the text that it is, or as a keystore where its format proves that it "
        "holds a private key. The value decides before the name; certificates, references such as ${DB_PASSWORD}, "
        "paths and empty values are none."
    ),
    why=(
        "ConfigMaps are made to be read: the built-in view role gives them to everybody, they are never encrypted "
        "unless somebody asked for it, and they are copied into dashboards, backups and bug reports."
    ),
    fix=("Rotate the credential, put the new one into a Secret, and take {field} out of ConfigMap {namespace}/{name}."),
    blind_spots=(
        "A credential that looks like a path, a template or an ordinary word under a doubtful name is not recognised, "
        "nor one that is compressed or encrypted. In source code and prose, single words are taken for code and prose."
    ),
    references=(
        ("ConfigMaps", "https://kubernetes.io/docs/concepts/configuration/configmap/"),
        (
            "Good practices for Kubernetes Secrets",
            "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=_select,
    judge=_judge,
)
