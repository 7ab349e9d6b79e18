"""Pod templates, Pods, and everything else that refers to a Secret."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from scanners.inventory.record import Owner, PlaintextCredential, Record

How = Literal[
    "env",
    "env-from",
    "volume",
    "projected",
    "csi",
    "image-pull",
    "ingress-tls",
    "gateway-tls",
    "service-account",
    "custom-resource",
]


class SecretUse(Record, frozen=True, kw_only=True):
    """One place in a Pod template that reads a Secret of its namespace.

    `field` is the path inside the object, such as `spec.template.spec.containers[0].env[2]`. `keys` are the
    keys it reads; empty means all of them. `sub_path` mounts never see an update.
    """

    secret: str
    how: How
    field: str
    keys: tuple[str, ...] = ()
    optional: bool = False
    container: str = ""
    sub_path: bool = False


class CsiMount(Record, frozen=True, kw_only=True):
    """A csi volume of the Secrets Store driver: the SecretProviderClass that it mounts."""

    provider_class: str
    field: str


class ContainerStart(Record, frozen=True, kw_only=True):
    """When a container of a live Pod last started."""

    container: str
    started_at: datetime


class Workload(Record, frozen=True, kw_only=True):
    """A Pod template: of a controller (Deployment, CronJob, …), or a Pod itself.

    `replicas` is None where the kind has none; `suspended` is a CronJob's or Job's. `literals` counts the env
    literals looked at. A live Pod keeps its controlling owner so that what is found in it is reported on the
    top controller. `arguments` counts the words of command and args looked at. `flags` are those flags of known
    controllers that a check asks for, by the reader's allow-list, such as `key-renew-period` of sealed-secrets;
    durations are in seconds, "?" where they could not be read.
    """

    kind: str
    namespace: str
    name: str
    group: str = ""
    uid: str = ""
    created_at: datetime | None = None
    owner: Owner | None = None
    replicas: int | None = None
    suspended: bool = False
    phase: str = ""
    service_account: str = "default"
    labels: dict[str, str] = {}
    images: tuple[str, ...] = ()
    uses: tuple[SecretUse, ...] = ()
    csi: tuple[CsiMount, ...] = ()
    literals: int = 0
    plaintext_env: tuple[PlaintextCredential, ...] = ()
    arguments: int = 0
    plaintext_args: tuple[PlaintextCredential, ...] = ()
    plaintext_annotations: tuple[PlaintextCredential, ...] = ()
    flags: dict[str, str] = {}
    started: tuple[ContainerStart, ...] = ()


class ServiceAccount(Record, frozen=True, kw_only=True):
    """`secrets` and `image_pull_secrets` are names in its own namespace, as the API reads them."""

    namespace: str
    name: str
    uid: str = ""
    secrets: tuple[str, ...] = ()
    image_pull_secrets: tuple[str, ...] = ()


class Reference(Record, frozen=True, kw_only=True):
    """A reference to a Secret from anything that is not a Pod template: Ingress, Gateway, custom resource."""

    kind: str
    group: str
    namespace: str
    name: str
    field: str
    secret: str
    secret_namespace: str
    how: How
    keys: tuple[str, ...] = ()
    optional: bool = False
