"""Secrets managers that run in a cluster, and how one is known: a table of facts with their sources.

The image alone does not tell: Vault's agent is injected into Pods of others with the server's own image. Nor do a
label or a port alone. Two of the three together do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanners.access.system import image_repository
from scanners.selectors import selects


@dataclass(frozen=True, slots=True)
class Port:
    """A container port that serves the manager's API, and the names that its charts give it.

    `number` is None where only the name is known.
    """

    number: int | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretsManager:
    """`repositories` of its server's image, without the registry; `labels` of its Pods, any one set of them."""

    name: str
    repositories: tuple[str, ...]
    labels: tuple[Mapping[str, str], ...]
    ports: tuple[Port, ...]
    source: str

    def has_image(self, images: Sequence[str]) -> bool:
        ends = tuple(f"/{known}" for known in self.repositories)
        return any(f"/{image_repository(image)}".endswith(ends) for image in images)

    def has_labels(self, labels: Mapping[str, str]) -> bool:
        return any(selects(wanted, labels) for wanted in self.labels)


SECRETS_MANAGERS = (
    SecretsManager(
        name="Vault",
        repositories=("hashicorp/vault", "hashicorp/vault-enterprise", "library/vault", "vault"),
        labels=({"app.kubernetes.io/name": "vault", "component": "server"},),
        ports=(Port(8200, ("http", "https")),),
        source="https://github.com/hashicorp/vault-helm/blob/main/templates/server-statefulset.yaml",
    ),
    SecretsManager(
        name="OpenBao",
        repositories=("openbao/openbao", "openbao/openbao-ubi", "openbao/openbao-hsm", "openbao/openbao-hsm-ubi"),
        labels=({"app.kubernetes.io/name": "openbao", "component": "server"},),
        ports=(Port(8200, ("http", "https")),),
        source="https://github.com/openbao/openbao-helm/blob/main/charts/openbao/templates/server-statefulset.yaml",
    ),
    SecretsManager(
        name="Infisical",
        repositories=("infisical/infisical", "infisical/infisical-fips"),
        labels=({"app": "infisical-standalone", "component": "infisical"}, {"component": "infisical"}),
        ports=(Port(8080),),
        source="https://github.com/Infisical/infisical/tree/main/helm-charts/infisical-standalone-postgres/templates",
    ),
    SecretsManager(
        name="Conjur",
        repositories=("cyberark/conjur", "conjur-appliance"),
        labels=({"app": "conjur-oss"},),
        ports=(Port(9443, ("https",)), Port(443), Port(80, ("http",))),
        source="https://github.com/cyberark/conjur-oss-helm-chart/tree/main/conjur-oss/templates",
    ),
    SecretsManager(
        name="1Password Connect",
        repositories=("1password/connect-api",),
        labels=({"app": "onepassword-connect"},),
        ports=(Port(8080), Port(8443)),
        source="https://developer.1password.com/docs/connect/server-configuration",
    ),
)
"""Those of which the server itself may run in the cluster; Doppler and cloud stores do not."""
