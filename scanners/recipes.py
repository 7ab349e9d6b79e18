"""The facts of rotating: for each kind of source, what to change, how to push it through, and how to see that it came.

Each recipe follows the documentation that it names. `{maker}` is the object that writes the Secret, `{files}` the
`--from-file` options of its keys, `{type}` the option that keeps its type.
"""

from __future__ import annotations

from dataclasses import dataclass

PLAIN_TYPE = "Opaque"


@dataclass(frozen=True, slots=True)
class Instruction:
    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """`credential`: a person makes a new credential first and takes the old one away last."""

    instructions: tuple[Instruction, ...]
    references: tuple[tuple[str, str], ...]
    credential: bool = True
    proof: str = (
        "Prove it: scan again. The age of the value starts anew, and no consumer is shown with an older value. Without "
        "a deep scan a changed label looks the same as a changed value; with it the value itself is compared."
    )


NEW_CREDENTIAL = (
    "Make a new credential beside the old one, where it is issued: the database, the provider, the authority. Let both "
    "be valid until the end of these steps. If staging has a twin of this Secret, go through them there first."
)
OLD_AWAY = "When nothing uses the old credential any more, which its issuer's log tells, take it away there."

_CREATE = "kubectl create secret generic {name} -n {namespace}{type} {files} --dry-run=client -o yaml"

_GIT = Instruction(
    "Change the value in the encrypted file in Git, and commit it.",
    ("sops edit FILE.yaml  # the file of this Secret", "git commit -m 'Rotate it' FILE.yaml && git push"),
)
_SOPS = ("SOPS: editing a file", "https://getsops.io/docs/#usage")
_DESCRIBE = Instruction(
    "See that it was synced.", ("kubectl describe {maker_kind} {maker} -n {maker_namespace}  # its conditions",)
)


def _taken_over(text: str, reference: tuple[str, str]) -> Recipe:
    """An operator that fetches by itself what was changed elsewhere."""
    return Recipe((Instruction(text), _DESCRIBE), (reference,))


RECIPES: dict[str, Recipe] = {
    "external-secrets": Recipe(
        (
            Instruction("Put the new value into the store that ExternalSecret {maker} takes it from."),
            Instruction(
                "Have it synced now rather than at the next refresh. One whose refreshPolicy is CreatedOnce never "
                "takes a new value: change its policy first.",
                ('kubectl annotate externalsecret {maker} -n {maker_namespace} force-sync="$(date +%s)" --overwrite',),
            ),
            Instruction(
                "See that it was: refreshTime is of now, and Ready is True.",
                (
                    "kubectl get externalsecret {maker} -n {maker_namespace} -o jsonpath='{.status.refreshTime}"
                    '{" "}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}\'',
                ),
            ),
        ),
        (("External Secrets: triggering a refresh", "https://external-secrets.io/latest/introduction/faq/"),),
    ),
    "sealed-secrets": Recipe(
        (
            Instruction(
                "Seal the new value. Each PATH is a file that holds the value of its key; delete it afterwards. To "
                "change one key only, name that key alone and add --merge-into with the sealed file of now.",
                (f"{_CREATE} | kubeseal --format yaml > sealed.yaml",),
            ),
            Instruction(
                "Commit the sealed file where SealedSecret {maker} comes from, or apply it where nothing does that for "
                "you.",
                ("kubectl apply -f sealed.yaml",),
            ),
            Instruction(
                "See that the controller unsealed it: Synced is True.",
                (
                    "kubectl get sealedsecret {maker} -n {maker_namespace} -o "
                    'jsonpath=\'{.status.conditions[?(@.type=="Synced")].status}{"\\n"}\'',
                ),
            ),
        ),
        (
            (
                "Sealed Secrets: updating existing secrets",
                "https://github.com/bitnami-labs/sealed-secrets#update-existing-secrets",
            ),
        ),
    ),
    "sops-flux": Recipe(
        (
            _GIT,
            Instruction(
                "Have Flux apply it now, and see that Kustomization {maker} is ready.",
                (
                    "flux reconcile kustomization {maker} -n {maker_namespace} --with-source",
                    "flux get kustomizations {maker} -n {maker_namespace}",
                ),
            ),
        ),
        (
            _SOPS,
            ("Flux: secrets encrypted with SOPS", "https://fluxcd.io/flux/guides/mozilla-sops/"),
        ),
    ),
    "flux": Recipe(
        (
            Instruction(
                "Its value stands unencrypted in the repository that Kustomization {maker} applies, and in every clone "
                "of it, so the new one must not be put there the same way. Encrypt the file first.",
                ("sops encrypt --in-place FILE.yaml  # and add spec.decryption to the Kustomization",),
            ),
            _GIT,
            Instruction(
                "Have Flux apply it now, and see that the Kustomization is ready.",
                (
                    "flux reconcile kustomization {maker} -n {maker_namespace} --with-source",
                    "flux get kustomizations {maker} -n {maker_namespace}",
                ),
            ),
        ),
        (_SOPS, ("Flux: secrets encrypted with SOPS", "https://fluxcd.io/flux/guides/mozilla-sops/")),
    ),
    "sops-operator": Recipe(
        (_GIT, Instruction("Let it be applied, by what applies SopsSecret {maker}, or by you."), _DESCRIBE),
        (_SOPS, ("sops-secrets-operator", "https://github.com/isindir/sops-secrets-operator")),
    ),
    "vault-operator": Recipe(
        (
            Instruction(
                "Write the new value to Vault, from a file. A dynamic secret is issued anew by the operator before its "
                "lease ends; revoking the lease makes it do so now.",
                ("vault kv patch -mount=MOUNT PATH KEY=@FILE",),
            ),
            Instruction(
                "The operator takes it over after spec.refreshAfter of {maker_kind} {maker}. See that it did.",
                ("kubectl describe {maker_kind} {maker} -n {maker_namespace}",),
            ),
        ),
        (
            (
                "Vault Secrets Operator: API, refreshAfter and rolloutRestartTargets",
                "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference",
            ),
        ),
    ),
    "vault-csi": Recipe(
        (
            Instruction("Put the new value into the store that SecretProviderClass {maker} names."),
            Instruction(
                "The driver reads it again every two minutes, or its --rotation-poll-interval, where rotation is "
                "enabled; else only when a Pod mounts it anew. See which version each Pod has mounted.",
                (
                    "kubectl get secretproviderclasspodstatuses -n {maker_namespace} -o custom-columns="
                    "POD:.status.podName,CLASS:.status.secretProviderClassName,VERSIONS:.status.objects[*].version",
                ),
            ),
        ),
        (
            (
                "Secrets Store CSI driver: auto rotation",
                "https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation",
            ),
        ),
    ),
    "infisical": _taken_over(
        "Change the value in Infisical. {maker_kind} {maker} takes it over at its next resync.",
        ("Infisical operator", "https://infisical.com/docs/integrations/platforms/kubernetes/overview"),
    ),
    "doppler": _taken_over(
        "Change the value in Doppler. The operator takes it over after spec.resyncSeconds.",
        ("Doppler Kubernetes operator", "https://docs.doppler.com/docs/kubernetes-operator"),
    ),
    "onepassword": _taken_over(
        "Change the item in 1Password. The operator takes it over at its next poll, which is every ten minutes unless "
        "it was told otherwise.",
        ("1Password operator", "https://developer.1password.com/docs/k8s/operator/"),
    ),
    "azure-key-vault": _taken_over(
        "Add a new version of the object in Key Vault. The controller takes it over at its next poll.",
        ("akv2k8s: sync to Kubernetes Secrets", "https://akv2k8s.io/tutorials/sync/"),
    ),
    "bitwarden": _taken_over(
        "Change the value in Bitwarden. The operator takes it over at its next refresh.",
        ("Bitwarden Secrets Manager operator", "https://bitwarden.com/help/secrets-manager-kubernetes-operator/"),
    ),
    "secret-sync": _taken_over(
        "Put the new value into the store. SecretSync {maker} takes it over at its next poll.",
        ("Secrets Store Sync controller", "https://github.com/kubernetes-sigs/secrets-store-sync-controller"),
    ),
    "copy": Recipe(
        (
            Instruction(
                "This is a copy: what is written here is overwritten. Rotate the original, Secret "
                "{maker_namespace}/{maker}, by the steps on its own page; the copy follows."
            ),
            Instruction(
                "See that it did: the copy was written after the original.",
                (
                    "kubectl get secret {name} -n {namespace} --show-managed-fields -o "
                    "jsonpath='{.metadata.managedFields[*].time}{\"\\n\"}'",
                ),
            ),
        ),
        (("Kubernetes: Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/"),),
    ),
    "cert-manager": Recipe(
        (
            Instruction(
                "cert-manager renews it by itself before it expires. To have a new certificate now, ask for it. The "
                "private key is made anew where spec.privateKey.rotationPolicy is Always, the default since 1.18.",
                ("cmctl renew {maker} -n {maker_namespace}",),
            ),
            Instruction(
                "See that it was issued: Ready, and a later revision.",
                ("cmctl status certificate {maker} -n {maker_namespace}",),
            ),
        ),
        (
            ("cmctl: renew and status", "https://cert-manager.io/docs/reference/cmctl/"),
            (
                "cert-manager: rotation of the private key",
                "https://cert-manager.io/docs/usage/certificate/#the-rotationpolicy-setting",
            ),
        ),
        credential=False,
    ),
    "helm": Recipe(
        (
            Instruction(
                "This is Helm's record of a release, not a credential, but it holds the values that the release was "
                "installed with. Rotate those where they are used, and upgrade with the new ones, from a file.",
                ("helm upgrade {maker} CHART -n {maker_namespace} --reuse-values --values FILE.yaml",),
            ),
            Instruction(
                "The records of earlier revisions keep the old values until enough later ones have been made, ten "
                "unless --history-max says otherwise.",
                ("helm history {maker} -n {maker_namespace}",),
            ),
        ),
        (("Helm: helm upgrade", "https://helm.sh/docs/helm/helm_upgrade/"),),
        credential=False,
        proof="Prove it: scan again. The Secrets that the release makes have a new age; records have none.",
    ),
    "helm-chart": Recipe(
        (
            Instruction(
                "Give the chart the new value, from a file rather than with --set. A chart that makes the value itself "
                "often keeps the one it finds: its notes say how to change it.",
                ("helm upgrade {maker} CHART -n {maker_namespace} --reuse-values --values FILE.yaml",),
            ),
            Instruction("See that the release is deployed.", ("helm status {maker} -n {maker_namespace}",)),
            Instruction(
                "Where Flux's HelmRelease installs it, change its values or their Secret in Git instead; Flux would "
                "undo the upgrade."
            ),
        ),
        (("Helm: helm upgrade", "https://helm.sh/docs/helm/helm_upgrade/"),),
    ),
    "argo-cd": Recipe(
        (
            Instruction(
                "Argo CD applies it as part of Application {maker}: change the value where that Application is "
                "rendered from. If it stands in Git unencrypted, move it to a store or encrypt it first."
            ),
            Instruction(
                "Sync it, and see that it is Synced and Healthy.", ("argocd app sync {maker}", "argocd app get {maker}")
            ),
        ),
        (
            (
                "Argo CD: secret management",
                "https://argo-cd.readthedocs.io/en/stable/operator-manual/secret-management/",
            ),
        ),
    ),
    "operator": Recipe(
        (
            Instruction(
                "An operator makes and owns it: what is written here may be overwritten, and the other side of the "
                "credential may not follow. Rotate it the way the operator's documentation says."
            ),
            _DESCRIBE,
        ),
        (
            (
                "Kubernetes: owners and dependents",
                "https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/",
            ),
        ),
        credential=False,
    ),
    "service-account": Recipe(
        (
            Instruction(
                "A token of a ServiceAccount that never expires. Better than a new one is none: Pods get short-lived "
                "tokens by themselves, and programs outside can ask for one.",
                ("kubectl create token {maker} -n {maker_namespace} --duration=1h",),
            ),
            Instruction(
                "When nothing uses it any more, delete the Secret: that makes the token invalid at once.",
                ("kubectl delete secret {name} -n {namespace}",),
            ),
        ),
        (
            (
                "Kubernetes: ServiceAccount token Secrets",
                "https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",
            ),
        ),
        credential=False,
        proof="Prove it: scan again. The Secret is gone, and the finding about a token that never expires is resolved.",
    ),
    "bootstrap": Recipe(
        (
            Instruction(
                "A token by which nodes join. Make another when one joins, and delete this one.",
                ("kubeadm token delete {token_id}", "kubeadm token create --print-join-command"),
            ),
        ),
        (("kubeadm token", "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-token/"),),
        credential=False,
        proof="Prove it: scan again. The Secret is gone.",
    ),
    "sealing-key": Recipe(
        (
            Instruction(
                "The Sealed Secrets controller makes a new key every 30 days by itself, and keeps the old ones to "
                "unseal what they sealed. If this key leaked, everything it ever sealed is known: rotate those values."
            ),
            Instruction(
                "Have a new key made now by restarting the controller with the cut-off time of this moment, then seal "
                "the files in Git anew.",
                (
                    "date -R  # for SEALED_SECRETS_KEY_CUTOFF_TIME, or --key-cutoff-time, of the controller",
                    "kubeseal --re-encrypt --format yaml < sealed.yaml > again.yaml && mv again.yaml sealed.yaml",
                ),
            ),
        ),
        (
            (
                "Sealed Secrets: renewal of sealing keys",
                "https://github.com/bitnami-labs/sealed-secrets#secret-rotation",
            ),
        ),
        credential=False,
        proof="Prove it: scan again. There is a younger sealing key.",
    ),
    "control-plane": Recipe(
        (
            Instruction(
                "The cluster's own machinery makes it. Rotate it by the procedure of your distribution; deleting it by "
                "hand may take parts of the cluster down."
            ),
        ),
        (
            (
                "Kubernetes: PKI certificates and requirements",
                "https://kubernetes.io/docs/setup/best-practices/certificates/",
            ),
        ),
        credential=False,
    ),
    "manual": Recipe(
        (
            Instruction(
                "Write the new value. Each PATH is a file that holds the value of its key; delete it afterwards. An "
                "immutable Secret has to be deleted and made again.",
                (f"{_CREATE} | kubectl apply --server-side --force-conflicts -f -",),
            ),
            Instruction(
                "See that it was written: the version has moved.",
                ("kubectl get secret {name} -n {namespace} -o jsonpath='{.metadata.resourceVersion}{\"\\n\"}'",),
            ),
        ),
        (
            (
                "Kubernetes: managing Secrets with kubectl",
                "https://kubernetes.io/docs/tasks/configmap-secret/managing-secret-using-kubectl/",
            ),
        ),
    ),
}
"""By the kinds of `scanners.sources`."""

UNKNOWN_SOURCE = Recipe(
    (Instruction("Change the value in what makes this Secret, and wait until it has been written."), _DESCRIBE),
    (("Kubernetes: Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/"),),
)
