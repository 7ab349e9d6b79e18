"""What each answer says for or against each tool, from -3 (a heavy drawback) to +3 (a decisive strength), and why.

An answer or tool that is not named says nothing either way. What an answer makes impossible is in `gates`. The
numbers began as the model of published decision guides; they are held by the expert profiles in the tests. Facts
about the tools are those of `matrix`, with their sources, and of the upstream issues named here:
leases (external-secrets#2184, secrets-store-csi-driver#1453), SOPS in Argo CD (its page on secret management).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.matrix import EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, VAULT_CSI, Tool

LARGEST = 3


@dataclass(frozen=True, slots=True)
class Argument:
    """`effect` is -3 to +3, in points of the score; `because` one sentence about the tool."""

    effect: int
    because: str


_Table = dict[str, dict[str, dict[Tool, tuple[int, str]]]]

_IN_GIT_BESIDE_STORE = "It would be a second source of truth beside the store that you already run."
_LEAVES_GIT = "Git holds references only, no value in any form."
_SERVED_BY_STORE = "Machines and pipelines outside read the same value from the same store."
_OWN_FOR_EACH = "The teams' values are kept apart by an identity for each pod, checked by Vault."
_BOTH_BACKED_UP = "The one thing that could lose every value, its key, is known to be restorable."

_TABLE: _Table = {
    "external-store": {
        "none": {
            SEALED_SECRETS: (+2, "It needs nothing outside the cluster."),
            SOPS: (+2, "It needs a key and no server."),
        },
        "vault": {
            EXTERNAL_SECRETS: (+3, "It reads Vault with a stable provider, and other stores beside it."),
            SEALED_SECRETS: (-3, _IN_GIT_BESIDE_STORE),
            VAULT_CSI: (+3, "It is the direct way from Vault into a pod, with no copy in between."),
            SOPS: (-3, _IN_GIT_BESIDE_STORE),
        },
        "openbao": {
            EXTERNAL_SECRETS: (+3, "It reads OpenBao, through a provider of its own or the Vault one."),
            SEALED_SECRETS: (-3, _IN_GIT_BESIDE_STORE),
            VAULT_CSI: (+3, "OpenBao has a provider for the same driver, with the same parameters."),
            SOPS: (-3, _IN_GIT_BESIDE_STORE),
        },
        "aws": {
            EXTERNAL_SECRETS: (+3, "It reads AWS Secrets Manager and Parameter Store with a stable provider."),
            SEALED_SECRETS: (-3, _IN_GIT_BESIDE_STORE),
            SOPS: (-3, _IN_GIT_BESIDE_STORE),
        },
        "gcp": {
            EXTERNAL_SECRETS: (+3, "It reads Google Secret Manager with a stable provider."),
            SEALED_SECRETS: (-3, _IN_GIT_BESIDE_STORE),
            SOPS: (-3, _IN_GIT_BESIDE_STORE),
        },
        "azure": {
            EXTERNAL_SECRETS: (+3, "It reads Azure Key Vault with a stable provider."),
            SEALED_SECRETS: (-3, _IN_GIT_BESIDE_STORE),
            SOPS: (-3, _IN_GIT_BESIDE_STORE),
        },
        "other": {
            EXTERNAL_SECRETS: (+2, "It has providers for most other stores; check how mature yours is."),
            SEALED_SECRETS: (-2, _IN_GIT_BESIDE_STORE),
            SOPS: (-2, _IN_GIT_BESIDE_STORE),
        },
    },
    "ciphertext-in-git": {
        "forbidden": {EXTERNAL_SECRETS: (+1, _LEAVES_GIT), VAULT_CSI: (+1, _LEAVES_GIT)},
    },
    "kubernetes-secrets": {
        "avoid": {
            EXTERNAL_SECRETS: (-1, "Each value it delivers is kept as a Secret in etcd."),
            SEALED_SECRETS: (-1, "Each value it opens is kept as a Secret in etcd."),
            VAULT_CSI: (+2, "Values go into the pod's memory as files, past etcd."),
            SOPS: (-1, "Each value it decrypts is kept as a Secret in etcd."),
        },
        "forbidden": {VAULT_CSI: (+3, "It is the only one of the four that works without Secret objects.")},
    },
    "dynamic-credentials": {
        "nice": {
            SEALED_SECRETS: (-1, "It can only hold fixed values."),
            VAULT_CSI: (+2, "Vault issues credentials to each pod, with a lease."),
            SOPS: (-1, "It can only hold fixed values."),
        },
        "required": {
            EXTERNAL_SECRETS: (-3, "Its generators mint short-lived credentials, but renew and revoke no lease."),
            VAULT_CSI: (+3, "Vault issues credentials to each pod, with a lease that ends and can be revoked."),
        },
    },
    "rotation": {
        "rare": {
            SEALED_SECRETS: (+1, "Sealing again by hand is no burden at this pace."),
            SOPS: (+1, "Editing a file by hand is no burden at this pace."),
        },
        "quarterly": {EXTERNAL_SECRETS: (+1, "A new value in the store arrives by itself at the next refresh.")},
        "monthly": {
            EXTERNAL_SECRETS: (+2, "A new value in the store arrives by itself at the next refresh."),
            SEALED_SECRETS: (-2, "Each change is to be sealed again for each cluster, reviewed and rolled out."),
            VAULT_CSI: (+1, "A new value in Vault arrives in mounted files, once rotation is switched on."),
            SOPS: (-1, "Each change is an edit, a review and a rollout."),
        },
        "daily": {
            EXTERNAL_SECRETS: (+2, "It polls the store, so a daily change needs nobody."),
            SEALED_SECRETS: (-3, "Nobody seals and commits by hand every day."),
            VAULT_CSI: (+1, "Mounted files follow Vault, though the driver still calls its rotation alpha."),
            SOPS: (-3, "Nobody edits and commits by hand every day."),
        },
    },
    "clusters": {
        "one": {
            SEALED_SECRETS: (+2, "One cluster has one sealing key, the case it is made for."),
            SOPS: (+1, "One cluster needs one decryption key."),
        },
        "few": {
            EXTERNAL_SECRETS: (+1, "All clusters read the same store."),
            SEALED_SECRETS: (-1, "Each value is sealed again for each cluster's key."),
            VAULT_CSI: (+1, "All clusters read the same Vault."),
            SOPS: (+1, "The same file opens in each cluster that holds a key for it."),
        },
        "many": {
            EXTERNAL_SECRETS: (+3, "Any number of clusters reads the same store, and a change reaches all of them."),
            SEALED_SECRETS: (-3, "Each value is sealed again for each cluster's key, at every change."),
            VAULT_CSI: (+2, "Any number of clusters reads the same Vault, with driver and provider in each."),
            SOPS: (+1, "The same file opens in each cluster that holds a key for it."),
        },
        "disposable": {
            EXTERNAL_SECRETS: (+3, "The truth outlives the cluster, and a new one reads it as soon as it may."),
            SEALED_SECRETS: (-3, "A new cluster has a new key, so nothing sealed opens until the old one is restored."),
            VAULT_CSI: (+1, "The truth outlives the cluster; each new one is registered in Vault first."),
            SOPS: (+1, "Files open in a new cluster once it is given the key."),
        },
    },
    "gitops": {
        "none": {
            SEALED_SECRETS: (-1, "Its gain is ciphertext that Git delivers, and nothing delivers from Git yet."),
            VAULT_CSI: (+1, "Values reach pods without any delivery from Git."),
            SOPS: (-1, "Somebody has to decrypt and apply by hand, with the key at hand."),
        },
        "flux": {
            EXTERNAL_SECRETS: (+1, "Flux applies ExternalSecrets like any manifest; values change outside of Git."),
            SEALED_SECRETS: (+1, "Flux applies SealedSecrets like any manifest."),
            VAULT_CSI: (-1, "What pods mount changes outside of Git, where Flux neither sees nor reverts it."),
            SOPS: (+3, "Flux decrypts SOPS files itself, with nothing more to install."),
        },
        "argo-cd": {
            EXTERNAL_SECRETS: (+2, "Argo CD advises to make Secrets in the destination cluster, as it does."),
            SEALED_SECRETS: (+2, "Argo CD advises to make Secrets in the destination cluster, as it does."),
            VAULT_CSI: (-1, "What pods mount changes outside of Git, where Argo CD neither sees nor reverts it."),
            SOPS: (-2, "Argo CD decrypts by plugin only and warns of it: plaintext ends up in its cache."),
        },
        "ci": {
            EXTERNAL_SECRETS: (+1, "The pipeline needs no access to values."),
            SOPS: (+2, "The pipeline decrypts with one command, and nothing runs in the cluster."),
        },
    },
    "consumption": {
        "env": {
            EXTERNAL_SECRETS: (+1, "It makes Secrets, which environment variables need."),
            SEALED_SECRETS: (+1, "It makes Secrets, which environment variables need."),
            VAULT_CSI: (-2, "It delivers files; for variables it has to sync a Secret, and loses its main gain."),
            SOPS: (+1, "It makes Secrets, which environment variables need."),
        },
        "files": {
            EXTERNAL_SECRETS: (+1, "Mounted Secrets follow a changed value within minutes, without a restart."),
            VAULT_CSI: (+2, "Files are what it delivers."),
        },
        "both": {EXTERNAL_SECRETS: (+1, "Its Secrets serve variables and files alike.")},
    },
    "non-pod-consumers": {
        "yes": {
            EXTERNAL_SECRETS: (+1, "It makes Secrets of any type, for Ingress, image pulls and operators too."),
            SEALED_SECRETS: (+1, "It makes Secrets of any type, for Ingress, image pulls and operators too."),
            VAULT_CSI: (-2, "Ingress, image pulls and operators read Secrets, and it has one only while a pod mounts."),
            SOPS: (+1, "It makes Secrets of any type, for Ingress, image pulls and operators too."),
        },
        "no": {VAULT_CSI: (+1, "Only pods read the values, so nothing misses the Secret object.")},
    },
    "start-without-store": {
        "required": {
            EXTERNAL_SECRETS: (+2, "The copies it made stay when the store is down; only new ones wait."),
            SEALED_SECRETS: (+3, "There is no store that could be down."),
            SOPS: (+3, "There is no store that could be down."),
        },
        "nice": {
            EXTERNAL_SECRETS: (+1, "The copies it made stay when the store is down; only new ones wait."),
            SEALED_SECRETS: (+1, "There is no store that could be down."),
            VAULT_CSI: (-2, "A pod whose volume cannot be filled because Vault is down does not start."),
            SOPS: (+1, "There is no store that could be down."),
        },
    },
    "air-gapped": {
        "yes": {
            EXTERNAL_SECRETS: (-1, "It needs a store that can be reached from where the cluster is."),
            SEALED_SECRETS: (+2, "It works with one mirrored image and nothing outside."),
            VAULT_CSI: (-1, "It needs a Vault that can be reached from where the cluster is."),
            SOPS: (+3, "It works with a key file: no server, no image, no connection."),
        },
    },
    "outside-kubernetes": {
        "yes": {
            EXTERNAL_SECRETS: (+2, _SERVED_BY_STORE),
            SEALED_SECRETS: (-3, "Only the cluster's controller can open what is sealed for it."),
            VAULT_CSI: (+2, _SERVED_BY_STORE),
            SOPS: (+2, "Terraform, Ansible and pipelines read the same encrypted files."),
        },
    },
    "read-audit": {
        "store": {
            EXTERNAL_SECRETS: (+2, "The store logs each fetch."),
            SEALED_SECRETS: (-2, "Nothing logs who reads a value but the Kubernetes audit log."),
            VAULT_CSI: (+2, "Vault logs each read."),
            SOPS: (-2, "A key service logs decryptions at best, not reads."),
        },
        "per-identity": {
            EXTERNAL_SECRETS: (-1, "The store logs the operator's identity, not the workload's."),
            SEALED_SECRETS: (-3, "Nothing logs who reads a value but the Kubernetes audit log."),
            VAULT_CSI: (+3, "Vault logs each read under the pod's own service account."),
            SOPS: (-3, "Whoever holds the key reads everything, and nothing logs it."),
        },
    },
    "capacity": {
        "none": {
            EXTERNAL_SECRETS: (-1, "An operator has to be kept current: only its newest minor is supported."),
            SEALED_SECRETS: (+2, "One small controller that mostly runs by itself."),
            VAULT_CSI: (-3, "Vault, the driver and its provider want people who know them."),
            SOPS: (+2, "A command and a key, no server to run."),
        },
        "part-time": {
            SEALED_SECRETS: (+1, "One small controller that mostly runs by itself."),
            VAULT_CSI: (-2, "Vault, the driver and its provider are more than a side job."),
            SOPS: (+1, "A command and a key, no server to run."),
        },
        "team": {
            EXTERNAL_SECRETS: (+1, "A team can offer it to others as a service."),
            VAULT_CSI: (+1, "A team can run Vault well and get all of it."),
        },
    },
    "tenancy": {
        "single": {SOPS: (+1, "One team can share one key.")},
        "untrusting": {
            EXTERNAL_SECRETS: (+2, "Each namespace has a SecretStore with an identity of its own."),
            SEALED_SECRETS: (+2, "What one team seals, no other can open or move to its own namespace."),
            VAULT_CSI: (+2, _OWN_FOR_EACH),
            SOPS: (-2, "The decrypting key is usually shared; a key for each team has to be managed by hand."),
        },
    },
    "write-only-developers": {
        "yes": {
            EXTERNAL_SECRETS: (+1, "Most stores can allow writing a value without reading it."),
            SEALED_SECRETS: (+3, "Anyone can seal with the public key, and only the cluster can open it."),
            VAULT_CSI: (+1, "A Vault policy can allow writing a value without reading it."),
            SOPS: (-2, "Changing one value of a file means decrypting all of it."),
        },
    },
    "cluster-scoped-installs": {
        "forbidden": {SOPS: (+3, "It can be decrypted before applying, with nothing installed in the cluster.")},
    },
    "workload-identity": {
        "yes": {EXTERNAL_SECRETS: (+1, "It reads the store under a service account, without a first credential.")},
        "no": {EXTERNAL_SECRETS: (-1, "It needs a long-lived credential for the store, itself a secret to bring in.")},
    },
    "busl-licence": {
        "not-acceptable": {VAULT_CSI: (-2, "HashiCorp's provider is under BUSL; OpenBao's has to stand in for it.")},
    },
    "key-backup": {
        "tested": {SEALED_SECRETS: (+1, _BOTH_BACKED_UP), SOPS: (+1, _BOTH_BACKED_UP)},
        "untested": {
            SEALED_SECRETS: (-3, "If the cluster's sealing keys are lost, every sealed value in Git is lost."),
            SOPS: (-3, "If the key is lost, every encrypted value in Git is lost."),
        },
    },
    "secret-count": {
        "up-to-20": {
            SEALED_SECRETS: (+1, "So few are sealed by hand without pain."),
            VAULT_CSI: (-1, "Vault, a driver and a provider are much machinery for so few."),
            SOPS: (+1, "So few are edited by hand without pain."),
        },
        "more": {
            EXTERNAL_SECRETS: (+2, "The store has search and owners, and one ExternalSecret can fetch a folder."),
            SEALED_SECRETS: (-2, "Hundreds of opaque files, each sealed again when it changes."),
            SOPS: (-1, "Hundreds of encrypted files, each edited by hand when it changes."),
        },
    },
}


@dataclass(frozen=True, slots=True)
class Refinement:
    """Another argument in place of the table's, where `given_question` is answered with one of `given_answers`."""

    question: str
    answer: str
    tool: Tool
    given_question: str
    given_answers: frozenset[str]
    argument: Argument


_STORE = "external-store"
_VAULTS = frozenset({"vault", "openbao"})
_CLOUDS = frozenset({"aws", "gcp", "azure"})
_INSIDE = "The store can stand inside, where it is reached."
_OUT_OF_REACH = "The cloud's store is out of reach from a cluster that is cut off."

REFINEMENTS: tuple[Refinement, ...] = (
    *(
        Refinement(_STORE, cloud, EXTERNAL_SECRETS, "air-gapped", frozenset({"yes"}), Argument(-2, _OUT_OF_REACH))
        for cloud in sorted(_CLOUDS)
    ),
    Refinement("air-gapped", "yes", EXTERNAL_SECRETS, _STORE, _VAULTS, Argument(0, _INSIDE)),
    Refinement("air-gapped", "yes", VAULT_CSI, _STORE, _VAULTS, Argument(0, _INSIDE)),
    Refinement(
        "dynamic-credentials",
        "nice",
        EXTERNAL_SECRETS,
        _STORE,
        _VAULTS,
        Argument(+1, "Its Vault generator mints short-lived credentials, though it renews and revokes no lease."),
    ),
    Refinement(
        "non-pod-consumers",
        "yes",
        VAULT_CSI,
        "dynamic-credentials",
        frozenset({"required"}),
        Argument(-1, "Ingress, image pulls and operators, which read no leases, need a second tool beside it."),
    ),
    Refinement(
        "workload-identity",
        "no",
        EXTERNAL_SECRETS,
        _STORE,
        _VAULTS,
        Argument(0, "Vault and OpenBao accept the cluster's own service account tokens, so no first credential."),
    ),
    Refinement(
        "busl-licence",
        "not-acceptable",
        VAULT_CSI,
        _STORE,
        frozenset({"openbao"}),
        Argument(0, "OpenBao and its provider are open source (MPL 2.0)."),
    ),
    Refinement(
        "key-backup",
        "untested",
        SOPS,
        _STORE,
        _CLOUDS | _VAULTS,
        Argument(-1, "A key service can hold the key, so that no file has to be backed up, if set up that way."),
    ),
)

ARGUMENTS: dict[tuple[str, str, Tool], Argument] = {
    (question, answer, tool): Argument(effect, because)
    for question, by_answer in _TABLE.items()
    for answer, by_tool in by_answer.items()
    for tool, (effect, because) in by_tool.items()
}
"""By question, answer and tool; what is not here says nothing either way."""


def argument(question: str, answer: str, tool: Tool, answers: Mapping[str, str]) -> Argument | None:
    """What `answer` says about `tool`, given the other `answers`; None where it says nothing."""
    for item in REFINEMENTS:
        if (item.question, item.answer, item.tool) == (question, answer, tool) and (
            answers.get(item.given_question) in item.given_answers
        ):
            return item.argument
    return ARGUMENTS.get((question, answer, tool))
