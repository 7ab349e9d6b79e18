"""The questionnaire: what the advisor has to know, why it asks, and what may be answered.

Ids and values are stable, and others script against them: add, never rename. Every question also takes
`unknown`, which is where it starts.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

SCHEMA = "secretsui.questions/v1"

UNKNOWN = "unknown"


class Option(msgspec.Struct, frozen=True):
    """An answer as the file says it, and as a person reads it."""

    value: str
    label: str


class Question(msgspec.Struct, frozen=True):
    """`why` says what depends on the answer, `hint` how to find it out."""

    id: str
    text: str
    why: str
    hint: str
    options: tuple[Option, ...]

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(option.value for option in self.options)

    def label(self, value: str) -> str:
        return next(option.label for option in self.options if option.value == value)


class Questionnaire(msgspec.Struct, frozen=True, kw_only=True):
    """What `advise --questions` prints."""

    schema: str = SCHEMA
    questions: tuple[Question, ...]


class _Given(NamedTuple):
    id: str
    text: str
    why: str
    hint: str
    options: dict[str, str]


_YES_NO = {"yes": "Yes", "no": "No"}

_QUESTIONS = (
    _Given(
        "external-store",
        "Which secrets manager do you already run or pay for?",
        "Two of the four tools only deliver what a store holds; the other two keep the truth encrypted in Git.",
        "If there are several, name the one that holds the secrets you want to move first.",
        {
            "none": "None",
            "vault": "HashiCorp Vault",
            "openbao": "OpenBao",
            "aws": "AWS Secrets Manager or Parameter Store",
            "gcp": "Google Secret Manager",
            "azure": "Azure Key Vault",
            "other": "Another (1Password, Doppler, CyberArk, …)",
        },
    ),
    _Given(
        "ciphertext-in-git",
        "May encrypted secrets be kept in Git?",
        "Sealed Secrets and SOPS keep their truth there, and the history keeps every old ciphertext for ever.",
        "Ask whoever owns the data classification: some policies forbid even ciphertext in a repository.",
        {"allowed": "Yes, encrypted", "forbidden": "No, not even encrypted"},
    ),
    _Given(
        "kubernetes-secrets",
        "May values be stored as Kubernetes Secrets?",
        "Three of the four tools end in a Secret object in etcd; only files mounted from Vault do not.",
        "Encryption at rest protects etcd and its backups. A rule that forbids the object itself is rarer.",
        {"allowed": "Yes", "avoid": "Rather not", "forbidden": "No"},
    ),
    _Given(
        "dynamic-credentials",
        "Do you need credentials that are issued per consumer and expire by themselves?",
        "Only a store with secrets engines, such as Vault or OpenBao, issues, renews and revokes leases.",
        "Typical are database users per pod. A password that is changed now and then is rotation, asked next.",
        {"no": "No", "nice": "It would be nice", "required": "Yes, required"},
    ),
    _Given(
        "rotation",
        "How often must values change?",
        "A store can change a value without a commit; encrypted files need an edit, a review and a rollout each time.",
        "Take the strictest rule that applies: PCI DSS and many contracts say 90 days.",
        {
            "rare": "Rarely, or on an incident",
            "quarterly": "Every quarter",
            "monthly": "Every month",
            "daily": "Every day or more often",
        },
    ),
    _Given(
        "clusters",
        "How many clusters need these secrets?",
        "A sealed value opens in one cluster only; a store or a shared key serves all of them.",
        "Disposable means that clusters are built and thrown away routinely, for instance per branch.",
        {
            "one": "One",
            "few": "Two to five",
            "many": "More than five",
            "disposable": "They come and go",
        },
    ),
    _Given(
        "gitops",
        "What deploys to the cluster?",
        "Flux decrypts SOPS by itself; Argo CD advises against decrypting while it renders manifests.",
        "Look for the flux-system or argocd namespace.",
        {"none": "Nothing yet (kubectl, Helm by hand)", "flux": "Flux", "argo-cd": "Argo CD", "ci": "A CI pipeline"},
    ),
    _Given(
        "consumption",
        "How do your applications read their secrets?",
        "The CSI driver delivers files. Environment variables need a Secret, and a restart for every change.",
        "A scan counts it: env and envFrom against volumes.",
        {"env": "Environment variables", "files": "Files", "both": "Both"},
    ),
    _Given(
        "non-pod-consumers",
        "Does anything but your pods read Secrets: Ingress TLS, image pulls, operators?",
        "These read Secret objects through the API, which the CSI driver makes only while a pod mounts them.",
        "A scan lists Ingresses, Gateways, image pull Secrets and custom resources that name one.",
        _YES_NO,
    ),
    _Given(
        "start-without-store",
        "Must pods start while the secrets manager is down?",
        "Copies in the cluster outlive an outage of the store; a CSI volume that cannot be filled stops the pod.",
        "Think of a node that fails during the outage: its pods have to start elsewhere.",
        {"required": "Yes, required", "nice": "It would be nice", "no": "No"},
    ),
    _Given(
        "air-gapped",
        "Is the cluster cut off from the internet?",
        "A store in the cloud is then out of reach, and every image has to be mirrored.",
        "Edge sites that are offline for hours count as cut off.",
        _YES_NO,
    ),
    _Given(
        "outside-kubernetes",
        "Are the same secrets used outside Kubernetes: virtual machines, CI, Terraform?",
        "A value sealed for a cluster cannot be read anywhere else, so it would have to be kept twice.",
        "Database passwords that a migration job in CI also uses count.",
        _YES_NO,
    ),
    _Given(
        "read-audit",
        "Must you be able to show who read a value?",
        "Only a store logs reads, and only with a pod's own identity does the log say which workload it was.",
        "The Kubernetes audit log shows reads of Secret objects through the API, not what a pod was handed.",
        {
            "none": "No",
            "store": "Yes, reads of the store",
            "per-identity": "Yes, by each workload's own identity",
        },
    ),
    _Given(
        "capacity",
        "Who runs the tool?",
        "The tools differ most in what they cost to run: from a command and a key to Vault on every node.",
        "Count people who will still do it in two years.",
        {"none": "Nobody in particular", "part-time": "Somebody beside other work", "team": "A platform team"},
    ),
    _Given(
        "tenancy",
        "Who shares the cluster?",
        "Teams that do not trust each other need an identity and a store or scope each, not one shared key.",
        "Untrusting also means several customers.",
        {
            "single": "One team",
            "trusting": "Several teams that trust each other",
            "untrusting": "Teams or customers that must not see each other's secrets",
        },
    ),
    _Given(
        "write-only-developers",
        "Should developers set secrets that they cannot read back?",
        "Sealing needs a public key only. Whoever edits a SOPS file has to be able to decrypt it.",
        "Typical where developers onboard a service themselves but may not see production.",
        _YES_NO,
    ),
    _Given(
        "privileged-daemonsets",
        "May privileged DaemonSets with host paths run on the nodes?",
        "The CSI driver and its provider are such DaemonSets.",
        "Not on Fargate, GKE Autopilot and virtual nodes, nor under a policy that forbids hostPath.",
        {"allowed": "Yes", "forbidden": "No"},
    ),
    _Given(
        "cluster-scoped-installs",
        "May you install custom resource definitions and cluster-wide operators?",
        "All but SOPS bring custom resources; without them only decrypting before applying is left.",
        "If you own a namespace and not the cluster, probably not.",
        {"allowed": "Yes", "forbidden": "No"},
    ),
    _Given(
        "workload-identity",
        "Can pods authenticate to your cloud by their own identity (IRSA, Pod Identity, Workload Identity)?",
        "Without it, the first credential, which opens the store, has to be brought in some other way.",
        "A managed cluster usually offers it; it has to be switched on and bound to service accounts.",
        _YES_NO,
    ),
    _Given(
        "busl-licence",
        "Is software under the Business Source Licence acceptable?",
        "HashiCorp's Vault provider for the CSI driver and the Vault Secrets Operator are under BUSL 1.1.",
        "Ask legal. OpenBao and its provider are the open-source alternative (MPL 2.0).",
        {"acceptable": "Yes", "not-acceptable": "No"},
    ),
    _Given(
        "key-backup",
        "Is there an offline backup of decryption keys, and has restoring it been tried?",
        "With Sealed Secrets and SOPS the key is everything: lose it and every value in Git is lost.",
        "A backup that was never restored counts as untested.",
        {"tested": "Yes, restored at least once", "untested": "No, or never tried"},
    ),
    _Given(
        "secret-count",
        "How many secrets do people look after?",
        "Sealing or editing a handful by hand is quick; hundreds need a store with search and owners.",
        "Without what machines make: service account tokens, Helm releases, certificates.",
        {"up-to-20": "Up to 20", "up-to-200": "21 to 200", "more": "More than 200"},
    ),
)


def _question(given: _Given) -> Question:
    options = [Option(value, label) for value, label in given.options.items()]
    return Question(given.id, given.text, given.why, given.hint, (*options, Option(UNKNOWN, "I don't know")))


QUESTIONS: tuple[Question, ...] = tuple(map(_question, _QUESTIONS))

BY_ID: dict[str, Question] = {question.id: question for question in QUESTIONS}

QUESTIONNAIRE = Questionnaire(questions=QUESTIONS)
