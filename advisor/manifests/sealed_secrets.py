"""Sealed Secrets: the value is encrypted on the person's machine for one cluster's key and committed as ciphertext."""

from __future__ import annotations

from advisor.manifests.consumers import Consumption, Reading, consumer
from advisor.manifests.foundations import access_by_name
from advisor.manifests.kubernetes import (
    NAMESPACE_FILE,
    Style,
    derived_name,
    ingress_policy,
    metadata,
    namespace_object,
    service_account,
)
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step, Structure
from advisor.manifests.yaml_writer import Document, yaml_file
from advisor.parameters import Parameters
from advisor.versions import minor

CONTROLLER, CONTROLLER_NAMESPACE = "sealed-secrets-controller", "kube-system"
SEALED_FILE = "30-sealed-secret.yaml"
TEMPLATE_FILE = f"{NOT_APPLIED}sealed-secret.template.yaml"
VALUES_FILE = f"{NOT_APPLIED}values-sealed-secrets.yaml"
CERTIFICATE = "sealing-certificate.pem"
_HTTP_PORT, _METRICS_PORT = 8080, 8081


def sealed_secrets(
    parameters: Parameters, style: Style, workload_identity: bool, consumption: Consumption | None
) -> Draft:
    """The set for Sealed Secrets, without GitOps and the cluster's foundations. Workload identity changes nothing."""
    draft = Draft(
        files=[
            yaml_file(
                NAMESPACE_FILE,
                "The namespace of the Secret and its consumers.",
                Document(namespace_object(parameters.namespace, style)),
            ),
            yaml_file(
                "10-service-account.yaml",
                "The identity of the consumer. It has no rights: a Pod that mounts a Secret needs none.",
                Document(service_account(parameters.service_account, parameters.namespace, style)),
            ),
            _template(parameters, style),
            _values(),
        ],
        prerequisites=[_controller(parameters), _kubeseal(parameters)],
        before=[_certificate_step(), *_seal_steps(parameters, style)],
    )
    draft.add(_verification(parameters))
    reading = Reading(consumption=consumption or "files", secret=parameters.secret, account=parameters.service_account)
    draft.add(consumer(parameters, reading, style))
    draft.add(access_by_name(parameters, style, "", "secrets", parameters.secret, "Secret"))
    draft.add(_network())
    draft.rollback.append(
        Step(
            title="Stop unsealing and keep the Secret",
            text="`--cascade=orphan` matters: without it Kubernetes deletes the Secret together with its owner.",
            commands=(f"kubectl -n {parameters.namespace} delete sealedsecret {parameters.secret} --cascade=orphan",),
        )
    )
    draft.remarks += _remarks(parameters)
    return draft


def _remarks(parameters: Parameters) -> list[str]:
    remarks = [
        f"A Secret {parameters.namespace}/{parameters.secret} that exists already is left alone, and the "
        f"SealedSecret says "
        "'already exists and is not managed by SealedSecret', until that Secret carries the annotation "
        '`sealedsecrets.bitnami.com/managed: "true"`.',
        "Ciphertext is for one cluster's key"
        + (
            f" and, with the scope strict, for this very name and namespace "
            f"({parameters.namespace}/{parameters.secret}): "
            "renamed or moved, it must be sealed anew."
            if parameters.scope == "strict"
            else " and for this namespace: moved to another, it must be sealed anew."
            if parameters.scope == "namespace-wide"
            else ". With the scope cluster-wide whoever may create a SealedSecret anywhere in the cluster can "
            "unseal it "
            "in a namespace of their own: choose strict unless that is needed."
        ),
        "The sealing key is renewed every 30 days by itself; that rotates no value. A value is rotated by sealing the "
        "new one and rolling the consumers out. Whoever had an old sealing key can read all of Git's history.",
    ]
    if minor(parameters.versions["sealed-secrets"]) < (0, 40):
        remarks.append(
            f"Version {parameters.versions['sealed-secrets']} answers requests to /v1/rotate in a way that lets "
            f"a caller "
            "decrypt (sealed-secrets#2019, #2049); 0.40.0 closes that. Upgrade before you rely on it."
        )
    return remarks


def _controller(parameters: Parameters) -> Prerequisite:
    return Prerequisite(
        what="Sealed Secrets controller with its CRD",
        version=parameters.versions["sealed-secrets"],
        command="helm repo add sealed-secrets https://bitnami.github.io/sealed-secrets\n"
        f"helm upgrade --install sealed-secrets sealed-secrets/sealed-secrets --namespace {CONTROLLER_NAMESPACE} \\\n"
        f"  --set-string image.tag={parameters.versions['sealed-secrets']} --values {VALUES_FILE} --wait",
        provides=(f"Namespace//{CONTROLLER_NAMESPACE}",),
    )


def _kubeseal(parameters: Parameters) -> Prerequisite:
    return Prerequisite(
        what="kubeseal on your machine, of the same version",
        version=parameters.versions["sealed-secrets"],
        command="kubeseal --version",
    )


def _values() -> ManifestFile:
    values = {"fullnameOverride": CONTROLLER}
    notes = {"fullnameOverride": "The name kubeseal looks for; the chart's own would be sealed-secrets."}
    return yaml_file(VALUES_FILE, "Helm values for the chart sealed-secrets.", Document(values, notes))


def scope_annotations(parameters: Parameters) -> dict[str, str]:
    """The controller reads the scope from these, on the SealedSecret itself; strict has none."""
    if parameters.scope == "strict":
        return {}
    return {f"sealedsecrets.bitnami.com/{parameters.scope}": "true"}


def _template(parameters: Parameters, style: Style) -> ManifestFile:
    scope = scope_annotations(parameters)
    template: Structure = {
        "metadata": metadata(parameters.secret, parameters.namespace, scope),
        "type": "Opaque",
    }
    document = {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": metadata(parameters.secret, parameters.namespace, style.annotations(0, scope)),
        "spec": {
            "encryptedData": dict.fromkeys(parameters.keys, "REPLACED-BY-KUBESEAL"),
            "template": template,
        },
    }
    notes = {"spec.encryptedData": f"Filled by the commands of the README, which write {SEALED_FILE}."}
    if scope:
        notes["metadata.annotations"] = (
            "The controller reads the scope here and not in the template below; kubeseal writes both."
        )
    return yaml_file(
        TEMPLATE_FILE,
        f"What {SEALED_FILE} looks like once kubeseal has written it.",
        Document(document, notes),
        comment="Not applied: it holds no ciphertext yet, and the controller would refuse it.",
    )


def _certificate_step() -> Step:
    return Step(
        title="Fetch the cluster's sealing certificate",
        text="It is public: keep it in Git, and seal without access to the cluster. Fetch it anew after 30 "
        "days, when the "
        "key is renewed; from the right cluster.",
        commands=(
            f"kubeseal --controller-name {CONTROLLER} --controller-namespace {CONTROLLER_NAMESPACE} "
            f"--fetch-cert > {CERTIFICATE}",
        ),
    )


def _seal_steps(parameters: Parameters, style: Style) -> list[Step]:
    seal = f"kubeseal --cert {CERTIFICATE} --scope {parameters.scope} --format yaml"
    commands = []
    for number, key in enumerate(parameters.keys):
        create = (
            f"kubectl create secret generic {parameters.secret} -n {parameters.namespace} --dry-run=client -o yaml "
            f'--from-file={key}=<(printf %s "$VALUE")'
        )
        target = f"{seal} > {SEALED_FILE}" if number == 0 else f"{seal} --merge-into {SEALED_FILE}"
        commands.append(f"read -r -s -p '{key}: ' VALUE && echo\n{create} \\\n  | {target}")
    commands.append("unset VALUE")
    return [
        Step(
            title="Seal each value",
            text="With bash, in this folder. A value goes from the keyboard to kubeseal, neither to the disk "
            "nor into the "
            f"history; `{SEALED_FILE}` holds ciphertext only and may be committed. `printf` adds no newline, "
            f"`echo` would."
            + (
                f" Then add the annotations of `{TEMPLATE_FILE}` to `metadata.annotations` of that file."
                if style.gitops == "argo-cd"
                else ""
            ),
            commands=tuple(commands),
        ),
        Step(
            title="Back up the sealing keys",
            text="Without them a new cluster can unseal nothing. Keep the backup offline, encrypted, and "
            "refresh it after "
            "each renewal; try a restore once.",
            commands=(
                f"kubectl -n {CONTROLLER_NAMESPACE} get secret -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml "
                "| age -p > sealing-keys.age",
            ),
        ),
    ]


def _verification(parameters: Parameters) -> Draft:
    namespace, secret = parameters.namespace, parameters.secret
    return Draft(
        after=[
            Step(
                title="See that it works",
                text="`describe` lists the keys with their sizes, never the values.",
                commands=(
                    f"kubectl -n {namespace} wait --for=condition=Synced sealedsecret/{secret} --timeout=2m",
                    f"kubectl -n {namespace} describe secret {secret}",
                    f"kubectl -n {namespace} logs deployment/{derived_name(parameters.workload.name, '-example')}",
                ),
            ),
            Step(
                title="If it does not",
                text="'no key could decrypt secret' means another cluster's certificate, another name or namespace, or "
                "another scope than it was sealed for.",
                commands=(f"kubectl -n {namespace} describe sealedsecret {secret}",),
            ),
        ],
        rotation=[
            Step(
                title="Rotate",
                text="Seal the new value as above, commit, and roll the consumers out once the Secret has changed."
                " Environment variables and subPath mounts never change in a running container.",
                commands=(
                    f"kubectl -n {namespace} rollout restart "
                    f"{parameters.workload.kind.lower()}/{parameters.workload.name}",
                )
                if parameters.workload.kind != "CronJob"
                else (),
            )
        ],
    )


def _network() -> Draft:
    path = f"{NOT_APPLIED}network-policy-sealed-secrets.yaml"
    policy = ingress_policy(
        CONTROLLER, CONTROLLER_NAMESPACE, {"app.kubernetes.io/name": "sealed-secrets"}, [([], [_METRICS_PORT])]
    )
    notes = {
        "spec.ingress[0]": f"Metrics only. Port {_HTTP_PORT}, where the controller answers kubeseal, is closed "
        f"to Pods; "
        "with some networks that closes it to the API server's proxy too, so fetch the certificate first or add "
        "the control plane's addresses as an ipBlock."
    }
    return Draft(
        files=[
            yaml_file(
                path,
                "NetworkPolicy: no Pod reaches the controller that can decrypt.",
                Document(policy, notes),
                comment="Not applied by itself: look at the labels of your installation first.",
            )
        ],
        after=[
            Step(
                title="Foundation: restrict who reaches the controller",
                commands=(
                    f"kubectl -n {CONTROLLER_NAMESPACE} get pods -l app.kubernetes.io/name=sealed-secrets",
                    f"kubectl apply -f {path}",
                ),
            )
        ],
    )
