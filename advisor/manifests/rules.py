"""What no schema catches: the rules of ESO's webhook, and references that must resolve within the set.

The API server accepts an ExternalSecret that ESO's webhook, or its controller, then refuses. The rules are those of
ESO's externalsecret_validator and secretstore_validator; each answer is a sentence, and none means nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor.manifests.model import ManifestSet, Structure
from advisor.syntax import duration_seconds


def violations(manifests: ManifestSet) -> list[str]:
    """Everything that is wrong with a set, over all its files, the not applied ones included."""
    documents = [document for file in manifests.files for document in file.documents]
    found = [*_unresolved(documents, manifests)]
    for document in documents:
        if document.get("kind") == "ExternalSecret":
            found += external_secret_violations(document)
        elif document.get("kind") == "SecretStore":
            found += secret_store_violations(document)
        elif document.get("kind") == "SecretProviderClass":
            found += _provider_class_violations(document)
    return found


def external_secret_violations(document: Structure) -> Iterator[str]:
    """The rules of ESO's webhook for an ExternalSecret."""
    spec = document.get("spec", {})
    target = spec.get("target", {})
    creation, deletion = target.get("creationPolicy", "Owner"), target.get("deletionPolicy", "Retain")
    data, data_from = spec.get("data", []), spec.get("dataFrom", [])
    if not data and not data_from:
        yield "An ExternalSecret needs data or dataFrom."
    if deletion == "Delete" and creation in ("Merge", "None", "CreateOrMerge"):
        yield f"deletionPolicy Delete cannot go with creationPolicy {creation}, which owns no Secret."
    if deletion == "Merge" and creation == "None":
        yield "deletionPolicy Merge cannot go with creationPolicy None, which has nothing to merge into."
    for index, entry in enumerate(data_from):
        sources = [name for name in ("find", "extract") if name in entry]
        sources += ["generatorRef"] if "generatorRef" in entry.get("sourceRef", {}) else []
        if len(sources) != 1:
            yield f"dataFrom[{index}] needs exactly one of find, extract and sourceRef.generatorRef."
    keys = [entry.get("secretKey") for entry in data]
    if deletion == "Retain" and len(keys) != len(set(keys)):
        yield "data has the same secretKey more than once."
    if "refreshInterval" in spec:
        try:
            duration_seconds(spec["refreshInterval"], "refreshInterval")
        except ValueError as error:
            yield str(error)
    yield from _template_violations(target.get("template", {}), "manifest" in target)


def _template_violations(template: Structure, other_kind: bool) -> Iterator[str]:
    annotations = template.get("metadata", {}).get("annotations", {})
    if (
        template.get("type") == "kubernetes.io/service-account-token"
        and "kubernetes.io/service-account.name" in annotations
    ):
        yield "A template of type service-account-token with the annotation service-account.name would mint a token."
    if template.get("type") == "bootstrap.kubernetes.io/token":
        yield "A template of the type of bootstrap tokens is refused."
    for index, entry in enumerate(template.get("templateFrom", [])):
        if not other_kind and entry.get("target", "Data") not in ("Data", "Annotations", "Labels"):
            yield f"templateFrom[{index}].target must be Data, Annotations or Labels for a Secret."


def secret_store_violations(document: Structure) -> Iterator[str]:
    """The rules of ESO's webhook for a SecretStore: one provider, no other namespace, Vault's TLS pair and CAS."""
    provider = document.get("spec", {}).get("provider", {})
    if len(provider) != 1:
        yield f"A SecretStore needs exactly one provider; it has {len(provider)}."
    for field, value in _walk(provider):
        if field.endswith(".namespace") and "Ref" in field:
            yield f"{field} names the namespace {value!r}; a SecretStore may only refer to its own."
    vault = provider.get("vault", {})
    tls = vault.get("tls", {})
    if ("certSecretRef" in tls) != ("keySecretRef" in tls):
        yield "vault.tls needs both certSecretRef and keySecretRef, or neither."
    if vault.get("checkAndSet", {}).get("required") and vault.get("version", "v2") != "v2":
        yield "vault.checkAndSet is for version v2 only."


def _provider_class_violations(document: Structure) -> Iterator[str]:
    spec = document["spec"]
    for name, value in spec["parameters"].items():
        if not isinstance(value, str):
            yield f"parameters.{name} must be text."
    for entry in spec.get("secretObjects", []):
        for item in entry["data"]:
            if f'objectName: "{item["objectName"]}"' not in spec["parameters"]["objects"]:
                yield f"secretObjects names {item['objectName']!r}, which objects does not have."


def _walk(value: object, path: str = "provider") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]")
    else:
        yield path, value


def _unresolved(documents: list[Structure], manifests: ManifestSet) -> Iterator[str]:
    """Every reference of every document that neither the set nor a prerequisite provides."""
    known = {name for prerequisite in manifests.prerequisites for name in prerequisite.provides}
    for document in documents:
        name, namespace = document.get("metadata", {}).get("name"), document.get("metadata", {}).get("namespace", "")
        if name is None or document.get("apiVersion", "").startswith("kustomize.config"):
            continue
        known.add(f"{document['kind']}/{namespace}/{name}")
        known |= {f"Secret/{namespace}/{secret}" for secret in _secrets_made_by(document)}
    for document in documents:
        for wanted in references(document):
            if wanted not in known:
                where = f"{document['kind']} {document.get('metadata', {}).get('name')}"
                yield f"{where} refers to {wanted}, which neither the set nor a prerequisite has."


def _secrets_made_by(document: Structure) -> Iterable[str]:
    kind, spec = document["kind"], document.get("spec", {})
    if kind == "ExternalSecret":
        return [spec["target"]["name"]]
    if kind == "SealedSecret":
        return [spec["template"]["metadata"]["name"]]
    if kind == "SecretProviderClass":
        return [entry["secretName"] for entry in spec.get("secretObjects", [])]
    return []


def references(document: Structure) -> Iterator[str]:
    """What a document refers to, as Kind/namespace/name; its namespace first of all."""
    namespace = document.get("metadata", {}).get("namespace", "")
    kind, spec = document.get("kind", ""), document.get("spec", {})
    if namespace:
        yield f"Namespace//{namespace}"
    if kind == "RoleBinding":
        yield f"{document['roleRef']['kind']}/{namespace}/{document['roleRef']['name']}"
        for subject in document["subjects"]:
            yield f"{subject['kind']}/{subject.get('namespace', '')}/{subject['name']}"
    elif kind == "Role":
        yield from _role_references(document, namespace)
    elif kind == "ExternalSecret":
        yield f"{spec['secretStoreRef']['kind']}/{namespace}/{spec['secretStoreRef']['name']}"
    elif kind == "SecretStore":
        for field, value in _walk(spec["provider"]):
            if field.endswith("erviceAccountRef.name"):
                yield f"ServiceAccount/{namespace}/{value}"
            elif field.endswith("SecretRef.name") or (".authSecretRef." in field and field.endswith(".name")):
                yield f"Secret/{namespace}/{value}"
    elif kind in ("Deployment", "StatefulSet", "DaemonSet"):
        yield from _pod_references(spec["template"]["spec"], namespace)
    elif kind == "CronJob":
        yield from _pod_references(spec["jobTemplate"]["spec"]["template"]["spec"], namespace)
    elif kind == "Kustomization" and document["apiVersion"].startswith("kustomize.toolkit"):
        yield from _flux_references(spec, namespace)
    elif kind == "Application":
        yield f"AppProject/{namespace}/{spec['project']}"
        yield f"Namespace//{spec['destination']['namespace']}"


def _role_references(document: Structure, namespace: str) -> Iterator[str]:
    kinds = {
        "secrets": "Secret",
        "serviceaccounts/token": "ServiceAccount",
        "secretproviderclasses": "SecretProviderClass",
    }
    for rule in document["rules"]:
        for resource in rule["resources"]:
            for name in rule["resourceNames"]:
                yield f"{kinds[resource]}/{namespace}/{name}"


def _flux_references(spec: Structure, namespace: str) -> Iterator[str]:
    yield f"{spec['sourceRef']['kind']}/{namespace}/{spec['sourceRef']['name']}"
    for entry in spec.get("dependsOn", []):
        yield f"Kustomization/{namespace}/{entry['name']}"
    for entry in spec["healthChecks"]:
        yield f"{entry['kind']}/{entry['namespace']}/{entry['name']}"
    if "decryption" in spec:
        yield f"Secret/{namespace}/{spec['decryption']['secretRef']['name']}"


def _pod_references(pod: Structure, namespace: str) -> Iterator[str]:
    if "serviceAccountName" in pod:
        yield f"ServiceAccount/{namespace}/{pod['serviceAccountName']}"
    for volume in pod.get("volumes", []):
        if "secret" in volume:
            yield f"Secret/{namespace}/{volume['secret']['secretName']}"
        if "csi" in volume:
            yield f"SecretProviderClass/{namespace}/{volume['csi']['volumeAttributes']['secretProviderClass']}"
    for container in pod["containers"]:
        for variable in container.get("env", []):
            yield f"Secret/{namespace}/{variable['valueFrom']['secretKeyRef']['name']}"
