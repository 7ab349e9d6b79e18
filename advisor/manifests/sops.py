"""SOPS with age: the values of a Secret manifest encrypted in Git, decrypted by Flux, by CI or by hand."""

from __future__ import annotations

from advisor.manifests.consumers import Consumption, Reading, consumer
from advisor.manifests.foundations import access_by_name
from advisor.manifests.kubernetes import (
    NAMESPACE_FILE,
    Style,
    derived_name,
    metadata,
    namespace_object,
    service_account,
)
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step
from advisor.manifests.yaml_writer import Document, yaml_file
from advisor.parameters import Parameters

FOLDER = "secrets"  # its own, since kubectl apply -f . takes every .yaml at the top, dotfiles too
RULES_FILE = f"{FOLDER}/.sops.yaml"
TEMPLATE_FILE = f"{NOT_APPLIED}secret.template.yaml"
RECIPIENT_PLACEHOLDER = "REPLACE-WITH-THE-PUBLIC-KEY-THAT-age-keygen-PRINTS"
KEY_FOLDER = "$HOME/.config/sops/age"  # bash expands no ~ behind --from-file=
FLUX_KEY_SECRET = "sops-age"


def encrypted_file(parameters: Parameters) -> str:
    """Where the encrypted manifest goes: a folder of its own, which `kubectl apply -f .` does not look into."""
    return f"{FOLDER}/{derived_name(parameters.secret, '', 200)}.sops.yaml"


def key_file(parameters: Parameters) -> str:
    """Where the private key lies on the person's machine: never below the folder that is committed."""
    return f"{KEY_FOLDER}/{derived_name(parameters.namespace + '-' + parameters.secret, '', 100)}.agekey"


def sops(parameters: Parameters, style: Style, workload_identity: bool, consumption: Consumption | None) -> Draft:
    """The set for SOPS, without GitOps and the cluster's foundations. Workload identity changes nothing."""
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
            _rules(parameters),
            _template(parameters, style),
        ],
        prerequisites=[
            Prerequisite(
                what="SOPS on your machine" + (" and in CI" if style.gitops == "ci" else ""),
                version=parameters.versions["sops"],
                command="sops --version",
            ),
            Prerequisite(
                what="age and its age-keygen", version=parameters.versions["age"], command="age-keygen --version"
            ),
        ],
        before=_before(parameters),
    )
    draft.add(_deployment(parameters, style))
    reading = Reading(consumption=consumption or "files", secret=parameters.secret, account=parameters.service_account)
    draft.add(consumer(parameters, reading, style))
    draft.add(access_by_name(parameters, style, "", "secrets", parameters.secret, "Secret"))
    file = encrypted_file(parameters)
    draft.rollback.append(
        Step(
            title="Put the last value back",
            text="Git has every version of the encrypted file. The Secret itself stays until it is deleted.",
            commands=(f"git log --oneline -- {file}", f"git checkout COMMIT -- {file}"),
        )
    )
    draft.remarks += [
        "No manager runs in the cluster for this, so there is none to put a NetworkPolicy around; what must be "
        "guarded is "
        "the private key.",
        "Whoever ever held a private key can read all of Git's history with it. After someone leaves: take their "
        "recipient out, `sops updatekeys`, `sops rotate -i`, and then rotate the values themselves.",
        f"The file is encrypted, not the Secret in the cluster: what protects that is encryption at rest and "
        f"access by name. Never `kubectl apply` `{file}` undecrypted; the API server refuses it where validation "
        "is strict, and stores ciphertext as the value where it is not.",
    ]
    return draft


def _rules(parameters: Parameters) -> ManifestFile:
    rule = {
        "path_regex": r"^[^/]+\.sops\.yaml$",
        "encrypted_regex": "^(data|stringData)$",
        "mac_only_encrypted": True,
        "age": ",".join(parameters.age_recipients) or RECIPIENT_PLACEHOLDER,
    }
    notes = {
        "creation_rules[0].path_regex": "Relative to this file. The first rule that matches decides, so a rule "
        "without path_regex would shadow all behind it.",
        "creation_rules[0].encrypted_regex": "Exactly so: with spaces inside, or written encrypted-regex, SOPS "
        "says nothing "
        "and leaves values in plaintext.",
        "creation_rules[0].mac_only_encrypted": "Lets labels and the like be changed without the key; they are "
        "then not "
        "authenticated.",
        "creation_rules[0].age": "Public keys, separated by commas: one for the cluster, one kept offline for "
        "the worst "
        "case.",
    }
    return yaml_file(RULES_FILE, "What SOPS encrypts, and for whom.", Document({"creation_rules": [rule]}, notes))


def _template(parameters: Parameters, style: Style) -> ManifestFile:
    annotations = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"} if style.gitops == "flux" else {}
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(parameters.secret, parameters.namespace, style.annotations(0, annotations)),
        "type": "Opaque",
        "stringData": dict.fromkeys(parameters.keys, "REPLACED-IN-YOUR-EDITOR-BY-SOPS"),
    }
    notes = {"stringData": "The placeholders are replaced inside sops, which encrypts before anything is written."}
    if annotations:
        notes["metadata.annotations"] = "Otherwise Flux takes a ${…} inside a value for a variable of its own."
    return yaml_file(
        TEMPLATE_FILE,
        f"The Secret before it is encrypted to {encrypted_file(parameters)}. Never put a value into this file.",
        Document(document, notes),
        comment="Not applied: it holds placeholders.",
    )


def _before(parameters: Parameters) -> list[Step]:
    steps = []
    if not parameters.age_recipients:
        steps.append(
            Step(
                title="Make a key pair",
                text=f"The public key goes into `{RULES_FILE}` in place of the placeholder; the private one stays "
                "outside the repository, with an offline backup that has been tried.",
                commands=(
                    f"mkdir -p -m 0700 {KEY_FOLDER}",
                    f"age-keygen -o {key_file(parameters)}",
                    f"age-keygen -y {key_file(parameters)}",
                ),
            )
        )
    file = encrypted_file(parameters)
    name = file.removeprefix(f"{FOLDER}/")
    plain = f"grep -v '^ *#' ../{TEMPLATE_FILE}"
    encrypt = f"sops encrypt --filename-override {name} --input-type yaml --output-type yaml /dev/stdin > {name}"
    steps.append(
        Step(
            title="Encrypt the Secret",
            text="In the folder of the rules, since sops looks for them upwards from where it runs. First the template "
            "with its placeholders, then the values inside the editor that sops opens: nothing readable is left on the "
            "disk. The last command must print nothing: it lists values that are not encrypted.",
            commands=(
                f"(cd {FOLDER} && {plain} | {encrypt})",
                f"SOPS_AGE_KEY_FILE={key_file(parameters)} sops edit {file}",
                f"sed -n '/^stringData:/,/^[a-z]/p' {file} | grep '^ ' | grep -v 'ENC\\['",
            ),
        )
    )
    return steps


def _deployment(parameters: Parameters, style: Style) -> Draft:
    namespace, secret, file = parameters.namespace, parameters.secret, encrypted_file(parameters)
    draft = Draft()
    if style.gitops not in ("flux", "argo-cd"):
        draft.after.append(
            Step(
                title="Decrypt and apply the Secret",
                text="The plaintext goes through the pipe only. Server-side, so that no last-applied annotation "
                "keeps a "
                "copy of the values.",
                commands=(
                    f"SOPS_AGE_KEY_FILE={key_file(parameters)} sops decrypt {file} | kubectl apply --server-side -f -",
                ),
            )
        )
    draft.after += [
        Step(
            title="See that it works",
            text="`describe` lists the keys with their sizes, never the values.",
            commands=(
                f"kubectl -n {namespace} describe secret {secret}",
                f"kubectl -n {namespace} rollout status "
                f"deployment/{derived_name(parameters.workload.name, '-example')} "
                "--timeout=2m",
                f"kubectl -n {namespace} logs deployment/{derived_name(parameters.workload.name, '-example')}",
            ),
        ),
    ]
    draft.rotation.append(
        Step(
            title="Rotate",
            text="Edit, commit, and roll the consumers out once the Secret has changed.",
            commands=(
                f"SOPS_AGE_KEY_FILE={key_file(parameters)} sops edit {file}",
                *(
                    (
                        f"kubectl -n {namespace} rollout restart "
                        f"{parameters.workload.kind.lower()}/{parameters.workload.name}",
                    )
                    if parameters.workload.kind != "CronJob"
                    else ()
                ),
            ),
        )
    )
    return draft
