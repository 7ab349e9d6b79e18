"""References to Secrets in anything but Pod templates: Ingress, gateways, custom resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.collect.inputs import BY_NAME
from scanners.collect.references import REFERRING_KINDS
from scanners.collect.references.pointer import Unplaced
from scanners.inventory import Reference
from tests.cluster.crds import crd_files
from tests.cluster.toolchain import CannotBuild
from tests.collect.reading import meta, read_input
from tests.missing import missing

Case = tuple[str, dict[str, Any], list[tuple[str, str, tuple[str, ...]]]]

SELECTOR = {"name": "s", "key": "k"}

CASES: list[Case] = [
    (
        "ingresses",
        {"spec": {"tls": [{"hosts": ["a"]}, {"secretName": "s"}]}},
        [("spec.tls[1].secretName", "s", ("tls.crt", "tls.key"))],
    ),
    (
        "clusters.postgresql.cnpg.io",
        {
            "spec": {
                "superuserSecret": {"name": "root"},
                "bootstrap": {"initdb": {"secret": {"name": "app"}}},
                "certificates": {"serverTLSSecret": "tls"},
                "managed": {"roles": [{"name": "r"}, {"name": "q", "passwordSecret": {"name": "role"}}]},
                "externalClusters": [{"name": "old", "password": SELECTOR, "sslKey": {"name": "t", "key": "l"}}],
                "backup": {"barmanObjectStore": {"s3Credentials": {"accessKeyId": {"name": "b", "key": "id"}}}},
                "env": [
                    {"name": "X", "valueFrom": {"secretKeyRef": {"name": "e", "key": "k"}}},
                    {"name": "Y", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}},
                ],
            }
        },
        [
            ("spec.superuserSecret.name", "root", ()),
            ("spec.bootstrap.initdb.secret.name", "app", ()),
            ("spec.managed.roles[1].passwordSecret.name", "role", ()),
            ("spec.certificates.serverTLSSecret", "tls", ()),
            ("spec.env[0].valueFrom.secretKeyRef.name", "e", ("k",)),
            ("spec.externalClusters[0].password.name", "s", ("k",)),
            ("spec.externalClusters[0].sslKey.name", "t", ("l",)),
            ("spec.backup.barmanObjectStore.s3Credentials.accessKeyId.name", "b", ("id",)),
        ],
    ),
    (
        "gitrepositories.source.toolkit.fluxcd.io",
        {"spec": {"secretRef": {"name": "s"}}},
        [("spec.secretRef.name", "s", ())],
    ),
    (
        "helmreleases.helm.toolkit.fluxcd.io",
        {
            "spec": {
                "valuesFrom": [
                    {"kind": "ConfigMap", "name": "no"},
                    {"kind": "Secret", "name": "s", "valuesKey": "v.yaml"},
                ],
                "kubeConfig": {"secretRef": {"name": "k"}},
            }
        },
        [("spec.valuesFrom[1].name", "s", ("v.yaml",)), ("spec.kubeConfig.secretRef.name", "k", ())],
    ),
    (
        "servicemonitors.monitoring.coreos.com",
        {
            "spec": {
                "endpoints": [
                    {
                        "port": "web",
                        "basicAuth": {"username": SELECTOR, "password": {"name": "s", "key": "p"}},
                        "tlsConfig": {
                            "ca": {"configMap": {"name": "no", "key": "ca"}},
                            "keySecret": {"name": "t", "key": "key"},
                        },
                    }
                ],
                "selector": {"matchLabels": {"name": "no", "key": "no"}},
            }
        },
        [
            ("spec.endpoints[0].basicAuth.username.name", "s", ("k",)),
            ("spec.endpoints[0].basicAuth.password.name", "s", ("p",)),
            ("spec.endpoints[0].tlsConfig.keySecret.name", "t", ("key",)),
        ],
    ),
    (
        "issuers.cert-manager.io",
        {
            "spec": {
                "ca": {"secretName": "ca"},
                "acme": {
                    "privateKeySecretRef": {"name": "account"},
                    "solvers": [
                        {"http01": {}},
                        {"dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "cf", "key": "t"}}}},
                    ],
                },
            }
        },
        [
            ("spec.ca.secretName", "ca", ("tls.crt", "tls.key")),
            ("spec.acme.privateKeySecretRef.name", "account", ()),
            ("spec.acme.solvers[1].dns01.cloudflare.apiTokenSecretRef.name", "cf", ("t",)),
        ],
    ),
    (
        "secretstores.external-secrets.io",
        {
            "spec": {
                "provider": {
                    "vault": {
                        "caProvider": {"type": "Secret", "name": "ca", "key": "ca.crt"},
                        "auth": {
                            "tokenSecretRef": {"name": "token", "key": "t"},
                            "kubernetes": {"serviceAccountRef": {"name": "no"}},
                        },
                    }
                }
            }
        },
        [
            ("spec.provider.vault.auth.tokenSecretRef.name", "token", ("t",)),
            ("spec.provider.vault.caProvider.name", "ca", ("ca.crt",)),
        ],
    ),
    (
        "vaultauths.secrets.hashicorp.com",
        {"spec": {"appRole": {"secretRef": "s"}}},
        [("spec.appRole.secretRef", "s", ())],
    ),
    ("ingressroutes.traefik.io", {"spec": {"tls": {"secretName": "s"}}}, [("spec.tls.secretName", "s", ())]),
    (
        "triggerauthentications.keda.sh",
        {"spec": {"secretTargetRef": [{"parameter": "p", "name": "s", "key": "k"}]}},
        [("spec.secretTargetRef[0].name", "s", ("k",))],
    ),
    (
        "applicationsets.argoproj.io",
        {
            "spec": {
                "generators": [
                    {
                        "matrix": {
                            "generators": [{"scmProvider": {"github": {"tokenRef": {"secretName": "s", "key": "k"}}}}]
                        }
                    }
                ]
            }
        },
        [("spec.generators[0].matrix.generators[0].scmProvider.github.tokenRef.secretName", "s", ("k",))],
    ),
    (
        "workflowtemplates.argoproj.io",
        {
            "spec": {
                "imagePullSecrets": [{"name": "pull"}],
                "volumes": [{"name": "v", "secret": {"secretName": "files"}}],
                "templates": [
                    {
                        "container": {"env": [{"name": "X", "valueFrom": {"secretKeyRef": SELECTOR}}]},
                        "inputs": {
                            "artifacts": [{"s3": {"accessKeySecret": {"name": "{{inputs.parameters.s}}", "key": "k"}}}]
                        },
                    }
                ],
            }
        },
        [
            ("spec.templates[0].container.env[0].valueFrom.secretKeyRef.name", "s", ("k",)),
            ("spec.volumes[0].secret.secretName", "files", ()),
            ("spec.imagePullSecrets[0].name", "pull", ()),
        ],
    ),
    (
        "backendtlspolicies.gateway.networking.k8s.io",
        {
            "spec": {
                "validation": {
                    "caCertificateRefs": [{"kind": "Secret", "name": "s"}, {"kind": "ConfigMap", "name": "no"}]
                }
            }
        },
        [("spec.validation.caCertificateRefs[0].name", "s", ())],
    ),
    (
        "listenersets.gateway.networking.k8s.io",
        {"spec": {"listeners": [{"tls": {"certificateRefs": [{"name": "s"}]}}]}},
        [("spec.listeners[0].tls.certificateRefs[0].name", "s", ())],
    ),
    (
        "kongplugins.configuration.konghq.com",
        {"plugin": "oidc", "configFrom": {"secretKeyRef": SELECTOR}},
        [("configFrom.secretKeyRef.name", "s", ("k",))],
    ),
    (
        "fluxinstances.fluxcd.controlplane.io",
        {"spec": {"sync": {"pullSecret": "s"}, "distribution": {"imagePullSecret": "t"}}},
        [("spec.distribution.imagePullSecret", "t", ()), ("spec.sync.pullSecret", "s", ())],
    ),
    (
        "webhooks.generators.external-secrets.io",
        {"spec": {"secrets": [{"name": "variable", "secretRef": SELECTOR}], "result": {"jsonPath": "$"}}},
        [("spec.secrets[0].secretRef.name", "s", ("k",))],
    ),
    (
        "volumesnapshotclasses.snapshot.storage.k8s.io",
        {
            "parameters": {
                "csi.storage.k8s.io/snapshotter-secret-name": "s",
                "csi.storage.k8s.io/snapshotter-secret-namespace": "storage",
            }
        },
        [('parameters["csi.storage.k8s.io/snapshotter-secret-name"]', "s", ())],
    ),
    (
        "persistentvolumes",
        {"spec": {"csi": {"nodeStageSecretRef": {"name": "s", "namespace": "storage"}}}},
        [("spec.csi.nodeStageSecretRef.name", "s", ())],
    ),
]


@pytest.mark.parametrize(("name", "document", "expected"), CASES, ids=[case[0] for case in CASES])
def test_references_of_a_kind(name: str, document: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    found = [record for record in read_input(name, document | {"metadata": meta()}) if isinstance(record, Reference)]
    assert [(item.field, item.secret, item.keys) for item in found] == expected
    assert {item.kind for item in found} == {BY_NAME[name].kind}


def one(name: str, document: dict[str, Any]) -> Any:
    (found,) = read_input(name, document | {"metadata": meta()})
    return found


def test_a_gateway_refers_across_namespaces_and_only_to_secrets() -> None:
    references = [
        {"name": "own"},
        {"kind": "Secret", "group": "", "name": "other", "namespace": "certificates"},
        {"kind": "ConfigMap", "name": "no"},
        {"kind": "Secret", "group": "vault.example.com", "name": "no"},
    ]
    found = read_input(
        "gateways.gateway.networking.k8s.io",
        {"metadata": meta(), "spec": {"listeners": [{"tls": {"certificateRefs": references}}]}},
    )
    assert [(item.secret, item.secret_namespace, item.how) for item in found] == [
        ("own", "shop", "gateway-tls"),
        ("other", "certificates", "gateway-tls"),
    ]


def test_names_with_a_namespace_before_a_slash() -> None:
    proxy = one("httpproxies.projectcontour.io", {"spec": {"virtualhost": {"tls": {"secretName": "certificates/web"}}}})
    assert (proxy.secret_namespace, proxy.secret) == ("certificates", "web")
    annotations = {"nginx.ingress.kubernetes.io/auth-secret": "auth/basic", "other": "x"}
    (ingress,) = read_input("ingresses", {"metadata": meta(annotations=annotations)})
    assert (ingress.secret_namespace, ingress.secret, ingress.how) == ("auth", "basic", "custom-resource")
    assert ingress.field == 'metadata.annotations["nginx.ingress.kubernetes.io/auth-secret"]'


def test_optional_references() -> None:
    account = one("issuers.cert-manager.io", {"spec": {"acme": {"privateKeySecretRef": {"name": "account"}}}})
    assert account.optional  # cert-manager makes it
    values = [{"kind": "Secret", "name": "s", "optional": True}]
    assert one("helmreleases.helm.toolkit.fluxcd.io", {"spec": {"valuesFrom": values}}).optional
    assert not one("gitrepositories.source.toolkit.fluxcd.io", {"spec": {"secretRef": {"name": "s"}}}).optional


def test_templates_of_storage_classes_are_left_out() -> None:
    parameters = {
        "csi.storage.k8s.io/node-stage-secret-name": "ceph",
        "csi.storage.k8s.io/node-stage-secret-namespace": "storage",
        "csi.storage.k8s.io/provisioner-secret-name": "${pvc.name}",
        "csi.storage.k8s.io/provisioner-secret-namespace": "${pvc.namespace}",
    }
    (found,) = read_input("storageclasses", {"metadata": meta(namespace=None), "parameters": parameters})
    assert (found.secret_namespace, found.secret, found.namespace) == ("storage", "ceph", "")


@pytest.mark.parametrize(
    "spec",
    [
        None,
        [],
        "text",
        {"servers": {}},
        {
            "servers": [
                None,
                1,
                {"tls": []},
                {"tls": {"credentialName": {"name": "x"}}},
                {"tls": {"credentialName": ""}},
            ]
        },
    ],
)
def test_other_types_than_the_schema_s_are_passed_over(spec: Any) -> None:
    assert read_input("gateways.networking.istio.io", {"metadata": meta(), "spec": spec}) == []


def test_an_istio_gateway_waits_for_the_proxy_s_namespace() -> None:
    spec = {"selector": {"istio": "ingressgateway"}, "servers": [{"tls": {"credentialName": "web"}}]}
    found = one("gateways.networking.istio.io", {"spec": spec})
    assert isinstance(found, Unplaced)
    assert found.labels == (("istio", "ingressgateway"),)
    assert found.reference.secret == "web"


def test_depth_and_number_are_bounded() -> None:
    deep: Any = {"name": "s", "key": "k"}
    for _ in range(60):
        deep = {"x": deep}
    assert read_input("servicemonitors.monitoring.coreos.com", {"metadata": meta(), "spec": deep}) == []
    many = {"spec": {"endpoints": [{"bearerTokenSecret": SELECTOR}] * 5000}}
    assert len(read_input("servicemonitors.monitoring.coreos.com", many | {"metadata": meta()})) == 2000


def crd_versions(group: str, kind: str) -> dict[str, Any]:
    """The schemas of a CRD by version; skips where the CRDs cannot be had."""
    try:
        files: list[Path] = crd_files(group)
    except CannotBuild as error:
        missing(f"The CRDs of {group} cannot be had: {error}")
    for file in files:
        document = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if document["spec"]["names"]["kind"] == kind:
            return {version["name"]: version["schema"]["openAPIV3Schema"] for version in document["spec"]["versions"]}
    raise LookupError(kind)


def reaches(schema: dict[str, Any], path: list[str]) -> bool:
    """Whether a path of names, `[]` and `{}` leads to something in an OpenAPI schema."""
    for step in path:
        if step == "[]":
            schema = schema.get("items", {})
        elif step == "{}":
            schema = schema.get("additionalProperties", {})
        else:
            schema = schema.get("properties", {}).get(step, {})
        if not schema:
            return False
    return True


OF_CRDS = [
    ("cert-manager", "Issuer"),
    ("cert-manager", "ClusterIssuer"),
    ("cert-manager", "Certificate"),
    ("flux", "Kustomization"),
    ("external-secrets", "ExternalSecret"),
    ("gateway-api", "Gateway"),
]
MOVED = {
    # Paths of other releases than the one whose CRDs the tests have.
    "spec.backendTLS.clientCertificateRef.name",
    "spec.tls.backend.clientCertificateRef.name",
    "spec.listeners[].tls.frontendValidation.caCertificateRefs[].name",
    "spec.tls.frontend.default.validation.caCertificateRefs[].name",
    "spec.tls.frontend.perPort[].tls.validation.caCertificateRefs[].name",
}


@pytest.mark.parametrize(("group", "kind"), OF_CRDS)
def test_the_paths_exist_in_the_real_schemas(group: str, kind: str) -> None:
    versions = crd_versions(group, kind)
    (row,) = [item for item in REFERRING_KINDS if item.kind == kind and item.group != "networking.istio.io"]
    schema = versions[row.versions[0]]
    for pointer in row.pointers:
        if "**" in pointer.path or pointer.path in MOVED:
            continue
        steps = pointer.path.replace("[]", ".[]").split(".")
        assert reaches(schema, steps), pointer.path
        for beside in (pointer.key, pointer.namespace, pointer.items):
            if beside:
                assert reaches(schema, [*steps[:-1], beside]), (pointer.path, beside)


def sample(schema: dict[str, Any], found: list[str], path: str = "") -> Any:
    """An object with every field of the schema; the paths of what External Secrets calls a selector go to `found`."""
    properties = schema.get("properties")
    if properties:
        fields = set(properties)
        if fields == {"key", "name", "namespace"}:
            found.append(path)
            return {"name": f"secret-{len(found)}", "key": "k"}
        if fields == {"key", "name", "namespace", "type"}:
            return {"name": "a-config-map", "key": "k", "type": "ConfigMap"}
        return {name: sample(below, found, f"{path}.{name}") for name, below in properties.items()}
    if schema.get("type") == "array":
        return [sample(schema.get("items", {}), found, f"{path}[0]")]
    return {"integer": 1, "boolean": True, "object": {}}.get(schema.get("type", ""), "text")


@pytest.mark.parametrize(
    ("kind", "plural"), [("SecretStore", "secretstores"), ("ClusterSecretStore", "clustersecretstores")]
)
def test_every_secret_selector_of_every_provider_of_external_secrets_is_found(kind: str, plural: str) -> None:
    """The walk over `spec.provider` finds each SecretKeySelector of the real CRD, and nothing else."""
    schema = crd_versions("external-secrets", kind)["v1"]["properties"]["spec"]["properties"]["provider"]
    expected: list[str] = []
    document = {"metadata": meta(), "spec": {"provider": sample(schema, expected, "spec.provider")}}
    records = read_input(f"{plural}.external-secrets.io", document)
    found = [
        record.reference if isinstance(record, Unplaced) else record
        for record in records
        if isinstance(record, (Unplaced, Reference))
    ]
    assert len(expected) > 100
    # A mapping {name, namespace} without a key is how one provider refers to a Secret as a whole.
    whole = {path for path in (item.field for item in found) if path.endswith("awsCredentialsSecretRef.name")}
    assert {item.field for item in found} - whole == {f"{path}.name" for path in expected}
