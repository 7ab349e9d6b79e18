"""The decision matrix: what each of the four tools gives for each requirement, with the reason and its source.

It is the table a reader sees, and the hard gates take their reasons from it. The question that asks after a
requirement is named with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tool = Literal["external-secrets", "sealed-secrets", "vault-csi", "sops"]

EXTERNAL_SECRETS: Tool = "external-secrets"
SEALED_SECRETS: Tool = "sealed-secrets"
VAULT_CSI: Tool = "vault-csi"
SOPS: Tool = "sops"

TOOLS: tuple[Tool, ...] = (EXTERNAL_SECRETS, SEALED_SECRETS, VAULT_CSI, SOPS)

TITLES: dict[Tool, str] = {
    EXTERNAL_SECRETS: "External Secrets Operator",
    SEALED_SECRETS: "Sealed Secrets",
    VAULT_CSI: "Vault with the Secrets Store CSI driver",
    SOPS: "SOPS",
}

_ESO = "https://external-secrets.io/latest"
_SEALED = "https://github.com/bitnami/sealed-secrets"
_CSI = "https://secrets-store-csi-driver.sigs.k8s.io"
_VAULT = "https://developer.hashicorp.com/vault/docs"
_SOPS = "https://getsops.io/docs"
_FLUX = "https://fluxcd.io/flux"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a tool gives: the word of the table, why in one sentence, and the page that says so."""

    value: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of the matrix. `question` is the id of the question that asks after it."""

    slug: str
    title: str
    question: str
    cells: dict[Tool, Cell]


MATRIX: tuple[Requirement, ...] = (
    Requirement(
        "gitops",
        "GitOps-friendly",
        "gitops",
        {
            EXTERNAL_SECRETS: Cell(
                "Partial",
                "Git holds the reference to a value; the value itself changes in the store, without a commit.",
                f"{_ESO}/introduction/overview/",
            ),
            SEALED_SECRETS: Cell(
                "Yes",
                "The ciphertext is a manifest like any other, and the controller in the cluster opens it.",
                f"{_SEALED}#overview",
            ),
            VAULT_CSI: Cell(
                "No",
                "What a pod mounts is decided in Vault when it starts; a commit neither shows nor rolls back a value.",
                f"{_VAULT}/deploy/kubernetes/csi",
            ),
            SOPS: Cell(
                "Yes",
                "Names stay readable in Git, values are encrypted, and a change can be reviewed and reverted.",
                f"{_FLUX}/guides/mozilla-sops/",
            ),
        },
    ),
    Requirement(
        "dynamic",
        "Dynamic secrets",
        "dynamic-credentials",
        {
            EXTERNAL_SECRETS: Cell(
                "Via provider",
                "Generators mint short-lived credentials (Vault, AWS STS, ECR), but no lease is renewed or revoked.",
                f"{_ESO}/api/generator/vault/",
            ),
            SEALED_SECRETS: Cell(
                "No",
                "A sealed value is fixed when it is sealed, so it cannot be issued for one consumer or expire.",
                f"{_SEALED}#overview",
            ),
            VAULT_CSI: Cell(
                "Yes",
                "Each pod gets credentials of its own from a Vault secrets engine, with a lease that Vault revokes.",
                f"{_VAULT}/deploy/kubernetes/csi",
            ),
            SOPS: Cell(
                "No",
                "An encrypted file holds a fixed value, so it cannot be issued for one consumer or expire.",
                f"{_SOPS}/",
            ),
        },
    ),
    Requirement(
        "multi-cloud",
        "Multi-cloud",
        "clusters",
        {
            EXTERNAL_SECRETS: Cell(
                "Yes",
                "One kind of object reads from the stores of every large cloud, several at once.",
                f"{_ESO}/introduction/stability-support/",
            ),
            SEALED_SECRETS: Cell(
                "N/A",
                "It knows no cloud: a value is sealed for one cluster's key and has to be sealed again for each other.",
                f"{_SEALED}#overview",
            ),
            VAULT_CSI: Cell(
                "Yes",
                "One Vault or OpenBao serves clusters in any cloud through its Kubernetes or JWT authentication.",
                f"{_VAULT}/deploy/kubernetes/csi",
            ),
            SOPS: Cell(
                "Yes",
                "A file can be encrypted for AWS, GCP and Azure key services and for age keys at the same time.",
                f"{_SOPS}/#encrypting-using-age",
            ),
        },
    ),
    Requirement(
        "no-secret-objects",
        "No Kubernetes Secret objects",
        "kubernetes-secrets",
        {
            EXTERNAL_SECRETS: Cell(
                "No",
                "What it delivers is a Kubernetes Secret, kept in etcd as a copy.",
                f"{_ESO}/introduction/overview/",
            ),
            SEALED_SECRETS: Cell(
                "No",
                "The controller decrypts into a Kubernetes Secret, kept in etcd.",
                f"{_SEALED}#overview",
            ),
            VAULT_CSI: Cell(
                "Yes",
                "Values are mounted as files from memory; a Secret appears only if syncing is switched on.",
                f"{_CSI}/concepts.html",
            ),
            SOPS: Cell(
                "No",
                "What Flux, Argo CD or a pipeline decrypts is applied as a Kubernetes Secret, kept in etcd.",
                f"{_FLUX}/guides/mozilla-sops/",
            ),
        },
    ),
    Requirement(
        "overhead",
        "Low operational overhead",
        "capacity",
        {
            EXTERNAL_SECRETS: Cell(
                "Medium",
                "One operator to keep current (only its newest minor is supported), and access to the store.",
                f"{_ESO}/introduction/stability-support/",
            ),
            SEALED_SECRETS: Cell(
                "Low",
                "One small controller and its keys, which have to be backed up after each renewal (every 30 days).",
                f"{_SEALED}#secret-rotation",
            ),
            VAULT_CSI: Cell(
                "High",
                "Vault itself, with storage, unsealing, policies and upgrades, and two DaemonSets on every node.",
                f"{_VAULT}/deploy/kubernetes/csi",
            ),
            SOPS: Cell(
                "Low",
                "A command and a key; Flux decrypts by itself, Argo CD needs a plugin.",
                f"{_FLUX}/guides/mozilla-sops/",
            ),
        },
    ),
    Requirement(
        "audit-trail",
        "Audit trail",
        "read-audit",
        {
            EXTERNAL_SECRETS: Cell(
                "Via provider",
                "The store logs each fetch, but under the operator's identity; who reads the copy is in Kubernetes.",
                f"{_ESO}/guides/security-best-practices/",
            ),
            SEALED_SECRETS: Cell(
                "No",
                "Git shows who changed a value; nothing shows who read it but the Kubernetes audit log.",
                f"{_SEALED}#overview",
            ),
            VAULT_CSI: Cell(
                "Yes",
                "Vault's audit log has every read under the identity of the pod that made it.",
                f"{_VAULT}/audit",
            ),
            SOPS: Cell(
                "No",
                "Git shows who changed a value; a cloud key service logs decryptions, not who read what afterwards.",
                f"{_SOPS}/",
            ),
        },
    ),
)

BY_SLUG: dict[str, Requirement] = {requirement.slug: requirement for requirement in MATRIX}
