"""What belongs around the chosen tool, and what else to look at outside the four.

Each entry is a rule over the answers: when it applies, what it is, and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.gates import gates
from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, TITLES, VAULT_CSI, Tool
from advisor.recommend import NO_DIFFERENCE, Situation, Standing

VAULTS = ("vault", "openbao")
CLOUDS = ("aws", "gcp", "azure")


@dataclass(frozen=True, slots=True)
class Part:
    """A tool or measure of the stack. `role` is primary, provider, decryption, bootstrap, companion, reload or
    foundation."""

    tool: str
    role: str
    because: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something outside the four that fits the answers, and why."""

    tool: str
    because: str


FOUNDATIONS: tuple[Part, ...] = (
    Part(
        "encryption-at-rest",
        "foundation",
        "Whatever ends as a Secret lies in etcd and its backups in plaintext until the API server encrypts it; "
        "best with KMS v2.",
    ),
    Part(
        "rbac-by-name",
        "foundation",
        "Roles that name their Secrets, without list or watch, keep each reader to its own.",
    ),
    Part(
        "audit-logging",
        "foundation",
        "An audit policy at level Metadata shows who read which Secret, without writing its content into the log.",
    ),
    Part("network-policy", "foundation", "Only what has to should reach the secrets manager and the operator."),
    Part("ci-scanning", "foundation", "A scanner in CI stops the next plaintext secret before it is in Git for ever."),
)


def stack(situation: Situation, ranking: tuple[Standing, ...], chosen: Tool | None) -> tuple[Part, ...]:
    """The chosen tool first, then what it needs beside it, then the foundations, which hold without a choice too."""
    if chosen is None:
        return FOUNDATIONS
    standing = next(item for item in ranking if item.tool == chosen)
    return (
        Part(chosen, "primary", _strongest(standing)),
        *_providers(situation, chosen),
        *_bootstrap(situation, chosen),
        *_companions(situation, chosen),
        *_reload(situation, chosen),
        *_key_backup(situation, chosen),
        *FOUNDATIONS,
    )


def _strongest(standing: Standing) -> str:
    """The two best arguments for the tool, by their effect."""
    best = sorted(standing.contributions, key=lambda item: -item.effect)
    reasons = [item.because for item in best if item.effect > 0 and item.because != NO_DIFFERENCE]
    return " ".join(dict.fromkeys(reasons[:2])) or f"{TITLES[standing.tool]} is what your answers leave."


def _providers(situation: Situation, chosen: Tool) -> Iterator[Part]:
    """What the tool is not complete without."""
    if chosen == VAULT_CSI:
        yield Part("secrets-store-csi-driver", "provider", "It mounts the volumes; the provider beside it fetches.")
        if situation.answer("external-store") == "openbao":
            yield Part("openbao-csi-provider", "provider", "It fetches from OpenBao and is open source (MPL 2.0).")
        elif situation.answer("busl-licence") == "not-acceptable":
            because = (
                "It takes the place of HashiCorp's provider, which is under BUSL. It speaks Vault's API, though "
                "nobody supports it against Vault: try it with your version."
            )
            yield Part("openbao-csi-provider", "provider", because)
        else:
            yield Part("vault-csi-provider", "provider", "It fetches from Vault, under the pod's service account.")
    if chosen == SOPS:
        tool, because = _DECRYPTION.get(situation.answer("gitops"), _DECRYPTION["none"])
        yield Part(tool, "decryption", because)


_DECRYPTION = {
    "flux": ("flux-kustomize-controller", "Flux decrypts with the key in a Secret or by its cloud identity."),
    "argo-cd": ("ksops", "It lets Argo CD decrypt while rendering; keep Argo CD's Redis cache closed to others."),
    "ci": ("ci-pipeline", "The pipeline holds the key, decrypts and applies."),
    "none": ("sops-command", "Whoever deploys decrypts and applies: `sops decrypt secret.yaml | kubectl apply -f -`."),
}


def _bootstrap(situation: Situation, chosen: Tool) -> Iterator[Part]:
    """How the first credential, with which all others are read, gets into the cluster."""
    if chosen != EXTERNAL_SECRETS or situation.answer("workload-identity") != "no":
        return
    store = situation.answer("external-store")
    if store in VAULTS:
        yield Part("vault-kubernetes-auth", "bootstrap", "Vault trusts service account tokens, so no secret is needed.")
    elif gates(situation.answers, situation.installed, SOPS):
        because = "Write the one credential for the store by hand, from a break-glass vault, and rotate it on schedule."
        yield Part("manual-bootstrap-secret", "bootstrap", because)
    else:
        because = "It holds the one credential with which the operator reads the store, encrypted in Git."
        yield Part(SOPS, "bootstrap", because)


def _companions(situation: Situation, chosen: Tool) -> Iterator[Part]:
    """A second tool for what the first one cannot serve."""
    if chosen != VAULT_CSI or situation.answer("non-pod-consumers") != "yes":
        return
    if gates(situation.answers, situation.installed, EXTERNAL_SECRETS):
        return
    because = "It makes the Secrets that Ingress, image pulls and operators read; the rest stays in mounted files."
    yield Part(EXTERNAL_SECRETS, "companion", because)


def _reload(situation: Situation, chosen: Tool) -> Iterator[Part]:
    if situation.answer("consumption") not in ("env", "both"):
        return
    if situation.answer("cluster-scoped-installs") == "forbidden":
        because = "An environment variable never changes in a running pod: restart the rollout after each rotation."
        yield Part("kubectl-rollout-restart", "reload", because)
    else:
        because = "An environment variable never changes in a running pod: it restarts what reads a changed Secret."
        yield Part("reloader", "reload", because)


def _key_backup(situation: Situation, chosen: Tool) -> Iterator[Part]:
    if chosen not in (SEALED_SECRETS, SOPS) or situation.answer("key-backup") == "tested":
        return
    what = "sealing keys, again after each renewal" if chosen == SEALED_SECRETS else "decryption key"
    because = f"Back up the {what}, offline, and restore it once, before the first value depends on it."
    yield Part("key-backup", "foundation", because)


def also_consider(situation: Situation, chosen: Tool | None, store_would_win: bool) -> tuple[Alternative, ...]:
    """What outside the four fits. `store_would_win` tells that with a store External Secrets would be recommended."""
    return (
        *_identity(situation),
        *_store_first(situation, store_would_win),
        *_vault_family(situation),
        *_cloud_drivers(situation),
        *_vendor_operators(situation),
        *_around_git(situation, chosen),
        *_for_other_consumers(situation),
    )


def _identity(situation: Situation) -> Iterator[Alternative]:
    if situation.answer("workload-identity") == "no":
        because = (
            "Where two workloads only have to trust each other, a certificate for the pod replaces a shared secret."
        )
        yield Alternative("pod-certificates", because)
    else:
        because = "What accepts a pod's own identity needs no secret at all: nothing to store, rotate or leak."
        yield Alternative("workload-identity", because)


def _store_first(situation: Situation, store_would_win: bool) -> Iterator[Alternative]:
    if situation.answer("external-store") != "none":
        return
    if store_would_win:
        because = "With a store of your cloud or a Vault, External Secrets Operator would fit your other answers best."
        yield Alternative("external-store", because)
    if situation.answer("dynamic-credentials") in ("nice", "required"):
        yield Alternative("openbao", "Leases need a store with secrets engines; this one is open source (MPL 2.0).")


def _vault_family(situation: Situation) -> Iterator[Alternative]:
    store, busl = situation.answer("external-store"), situation.answer("busl-licence")
    if store not in VAULTS:
        return
    wants_leases = situation.answer("dynamic-credentials") in ("nice", "required")
    past_etcd = situation.answer("kubernetes-secrets") in ("avoid", "forbidden")
    installable = situation.answer("cluster-scoped-installs") != "forbidden"
    if (
        store == "vault"
        and busl != "not-acceptable"
        and installable
        and situation.answer("kubernetes-secrets") != "forbidden"
    ):
        because = (
            "It renews leases, replaces them before they end and restarts what reads them, which neither the CSI "
            "driver nor External Secrets does; it makes Secrets and is under BUSL."
            if wants_leases
            else "It copies from Vault into Secrets and restarts what reads them; it is under BUSL."
        )
        yield Alternative("vault-secrets-operator", because)
    if wants_leases or past_etcd or situation.answer("privileged-daemonsets") == "forbidden":
        because = (
            "A sidecar that renews leases and writes files, without DaemonSets or Secrets; one more container per pod."
        )
        yield Alternative("vault-agent", because)
    if busl == "not-acceptable" and store == "vault":
        yield Alternative("openbao", "Vault itself has been under BUSL since 1.15; this is its open-source fork.")
    if store == "openbao" or busl == "not-acceptable":
        yield Alternative("openbao-csi-provider", "The provider for the same CSI driver without BUSL (MPL 2.0).")


_CLOUD_DRIVERS = {
    "aws": ("aws-secrets-store-csi-provider", "AWS's provider (ASCP)", "not on Fargate"),
    "gcp": ("gcp-secrets-store-csi-provider", "Google's provider", "on GKE as an add-on"),
    "azure": ("azure-key-vault-csi-provider", "Azure's provider", "on AKS as an add-on"),
}


def _cloud_drivers(situation: Situation) -> Iterator[Alternative]:
    store = situation.answer("external-store")
    if store not in CLOUDS or situation.answer("privileged-daemonsets") == "forbidden":
        return
    past_etcd = situation.answer("kubernetes-secrets") in ("avoid", "forbidden")
    if past_etcd or situation.answer("consumption") == "files":
        tool, what, where = _CLOUD_DRIVERS[store]
        because = f"{what} for the Secrets Store CSI driver mounts values as files, past etcd ({where})."
        yield Alternative(tool, because)


def _vendor_operators(situation: Situation) -> Iterator[Alternative]:
    if situation.answer("external-store") == "other":
        because = (
            "1Password, Doppler and Infisical have operators of their own; compare yours with its External Secrets "
            "provider, which may be alpha."
        )
        yield Alternative("vendor-operator", because)


def _around_git(situation: Situation, chosen: Tool | None) -> Iterator[Alternative]:
    if situation.answer("ciphertext-in-git") == "forbidden" or situation.answer("gitops") not in ("argo-cd", "none"):
        return
    if chosen == SOPS and situation.answer("cluster-scoped-installs") != "forbidden":
        because = "It decrypts SOPS files inside the cluster, so that nothing before it sees plaintext."
        yield Alternative("sops-secrets-operator", because)


def _for_other_consumers(situation: Situation) -> Iterator[Alternative]:
    if situation.answer("non-pod-consumers") != "yes":
        return
    yield Alternative(
        "cert-manager", "It issues and renews Ingress and Gateway certificates, which nobody should copy."
    )
    if situation.answer("external-store") in CLOUDS:
        because = "The node's own identity can pull images, in place of image pull Secrets."
        yield Alternative("kubelet-credential-provider", because)
