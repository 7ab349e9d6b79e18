"""Operators whose resources name Secrets: databases, monitoring, certificates, stores, scaling, backup."""

from __future__ import annotations

from dataclasses import replace

from scanners.collect.references.pointer import Elsewhere, Pointer
from scanners.collect.references.table import ReferringKind, any_selector, names, selectors, strings

_CNPG = "https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/"
_PROMETHEUS = "https://prometheus-operator.dev/docs/api-reference/api/"
_CERT_MANAGER = "https://cert-manager.io/docs/reference/api-docs/"
_ESO = "https://external-secrets.io/latest/api/spec/"
_VSO = "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference"
_KEDA = "https://keda.sh/docs/latest/concepts/authentication/"
_DOPPLER = "https://docs.doppler.com/docs/kubernetes-operator"
_INFISICAL = "https://infisical.com/docs/integrations/platforms/kubernetes/infisical-secret-crd"

_CLOUDNATIVE_PG = (
    ReferringKind(
        group="postgresql.cnpg.io",
        kind="Cluster",
        plural="clusters",
        versions=("v1",),
        source=_CNPG,
        pointers=(
            *names(
                "spec.superuserSecret",
                "spec.bootstrap.initdb.secret",
                "spec.bootstrap.recovery.secret",
                "spec.bootstrap.pg_basebackup.secret",
                "spec.managed.roles[].passwordSecret",
            ),
            *names("spec.imagePullSecrets[]", how="image-pull"),
            *strings(
                "spec.certificates.serverCASecret",
                "spec.certificates.serverTLSSecret",
                "spec.certificates.clientCASecret",
                "spec.certificates.replicationTLSSecret",
            ),
            *selectors(
                "spec.bootstrap.initdb.postInitSQLRefs.secretRefs[]",
                "spec.bootstrap.initdb.postInitApplicationSQLRefs.secretRefs[]",
                "spec.bootstrap.initdb.postInitTemplateSQLRefs.secretRefs[]",
                "spec.monitoring.customQueriesSecret[]",
                "spec.postgresql.ldap.bindSearchAuth.bindPassword",
                "spec.env[].valueFrom.secretKeyRef",
            ),
            *selectors("spec.envFrom[].secretRef"),
            Pointer(path="spec.projectedVolumeTemplate.sources[].secret.name", items="items", optional="optional"),
            any_selector("spec.externalClusters[]"),
            any_selector("spec.backup.barmanObjectStore"),
        ),
    ),
    ReferringKind(
        group="postgresql.cnpg.io",
        kind="Pooler",
        plural="poolers",
        versions=("v1",),
        source=_CNPG,
        pointers=names(
            "spec.pgbouncer.authQuerySecret",
            "spec.pgbouncer.clientCASecret",
            "spec.pgbouncer.clientTLSSecret",
            "spec.pgbouncer.serverCASecret",
            "spec.pgbouncer.serverTLSSecret",
        ),
    ),
    ReferringKind(
        group="postgresql.cnpg.io",
        kind="DatabaseRole",
        plural="databaseroles",
        versions=("v1",),
        source=_CNPG,
        pointers=names("spec.passwordSecret"),
    ),
)


def _prometheus(kind: str, plural: str, version: str, *pointers: Pointer) -> ReferringKind:
    """A kind of the Prometheus operator: every Secret key selector in its specification, and what is said besides."""
    return ReferringKind(
        group="monitoring.coreos.com",
        kind=kind,
        plural=plural,
        versions=(version,),
        source=_PROMETHEUS,
        pointers=(any_selector("spec"), *pointers),
    )


_MOUNTED = (*strings("spec.secrets[]"), *names("spec.imagePullSecrets[]", how="image-pull"))

_PROMETHEUS_OPERATOR = (
    _prometheus("ServiceMonitor", "servicemonitors", "v1"),
    _prometheus("PodMonitor", "podmonitors", "v1"),
    _prometheus("Probe", "probes", "v1"),
    _prometheus("ScrapeConfig", "scrapeconfigs", "v1alpha1"),
    _prometheus("Prometheus", "prometheuses", "v1", *_MOUNTED),
    _prometheus("PrometheusAgent", "prometheusagents", "v1alpha1", *_MOUNTED),
    _prometheus("ThanosRuler", "thanosrulers", "v1", *names("spec.imagePullSecrets[]", how="image-pull")),
    _prometheus(
        "Alertmanager",
        "alertmanagers",
        "v1",
        *_MOUNTED,
        Pointer(path="spec.configSecret", always_optional=True),
        # Where configSecret is not given: alertmanager-NAME.
        Pointer(path="metadata.name", prefix="alertmanager-", always_optional=True),
    ),
    _prometheus("AlertmanagerConfig", "alertmanagerconfigs", "v1alpha1"),
)

_ISSUER = ReferringKind(
    group="cert-manager.io",
    kind="Issuer",
    plural="issuers",
    versions=("v1",),
    source=_CERT_MANAGER,
    pointers=(
        Pointer(path="spec.ca.secretName", keys=("tls.crt", "tls.key")),
        # cert-manager makes the account's key itself where it is not there.
        *selectors("spec.acme.privateKeySecretRef", always_optional=True),
        *selectors(
            "spec.acme.externalAccountBinding.keySecretRef",
            "spec.acme.solvers[].dns01.acmeDNS.accountSecretRef",
            "spec.acme.solvers[].dns01.akamai.accessTokenSecretRef",
            "spec.acme.solvers[].dns01.akamai.clientSecretSecretRef",
            "spec.acme.solvers[].dns01.akamai.clientTokenSecretRef",
            "spec.acme.solvers[].dns01.azureDNS.clientSecretSecretRef",
            "spec.acme.solvers[].dns01.cloudDNS.serviceAccountSecretRef",
            "spec.acme.solvers[].dns01.cloudflare.apiKeySecretRef",
            "spec.acme.solvers[].dns01.cloudflare.apiTokenSecretRef",
            "spec.acme.solvers[].dns01.digitalocean.tokenSecretRef",
            "spec.acme.solvers[].dns01.rfc2136.tsigSecretSecretRef",
            "spec.acme.solvers[].dns01.route53.accessKeyIDSecretRef",
            "spec.acme.solvers[].dns01.route53.secretAccessKeySecretRef",
            "spec.vault.auth.appRole.secretRef",
            "spec.vault.auth.kubernetes.secretRef",
            "spec.vault.auth.tokenSecretRef",
            "spec.vault.caBundleSecretRef",
            "spec.vault.clientCertSecretRef",
            "spec.vault.clientKeySecretRef",
            "spec.venafi.cloud.apiTokenSecretRef",
            "spec.venafi.tpp.caBundleSecretRef",
        ),
        # A webhook solver's configuration is free in form; by custom its Secret selectors are written like these.
        any_selector("spec.acme.solvers[].dns01.webhook.config"),
        *strings("spec.vault.auth.clientCertificate.secretName"),
        *names("spec.venafi.tpp.credentialsRef"),
        *names("spec.acme.solvers[].http01.ingress.podTemplate.spec.imagePullSecrets[]", how="image-pull"),
        *names("spec.acme.solvers[].http01.gatewayHTTPRoute.podTemplate.spec.imagePullSecrets[]", how="image-pull"),
    ),
)

_CERTIFICATES = (
    _ISSUER,
    replace(
        _ISSUER,
        kind="ClusterIssuer",
        plural="clusterissuers",
        namespaced=False,
        # In the controller's own namespace, unless its flag --cluster-resource-namespace names another.
        elsewhere=Elsewhere(
            labels=(("app.kubernetes.io/component", "controller"), ("app.kubernetes.io/name", "cert-manager")),
            usual=("cert-manager",),
        ),
    ),
    ReferringKind(
        group="cert-manager.io",
        kind="Certificate",
        plural="certificates",
        versions=("v1",),
        source=_CERT_MANAGER,
        pointers=selectors("spec.keystores.jks.passwordSecretRef", "spec.keystores.pkcs12.passwordSecretRef"),
    ),
)

_STORE_SELECTOR = Pointer(
    path="spec.provider.**.name",
    key="key",
    shape=frozenset({"name", "key", "namespace"}),
    needs=frozenset({"name"}),
    # Mappings with a name that are no Secrets: accounts, ngrok's vault, 1Password's integration, a filter.
    not_below=(".serviceAccountRef", ".serviceAccount", ".ngrok.vault", ".integrationInfo", ".whitelist.rules"),
)
_STORE_AUTHORITY = Pointer(
    path="spec.provider.**.name",
    key="key",
    shape=frozenset({"name", "key", "namespace", "type"}),
    needs=frozenset({"name", "type"}),
    when=(("type", ("Secret",)),),
)
_STORE = ReferringKind(
    group="external-secrets.io",
    kind="SecretStore",
    plural="secretstores",
    versions=("v1", "v1beta1"),
    source=_ESO,
    pointers=(_STORE_SELECTOR, _STORE_AUTHORITY),
)

_EXTERNAL_SECRETS = (
    _STORE,
    replace(
        _STORE,
        kind="ClusterSecretStore",
        plural="clustersecretstores",
        namespaced=False,
        pointers=(
            replace(_STORE_SELECTOR, namespace="namespace"),
            replace(_STORE_AUTHORITY, namespace="namespace"),
        ),
        # A reference without a namespace is taken in the namespace of each ExternalSecret that uses the store.
        elsewhere=Elsewhere(store_kind="ClusterSecretStore"),
    ),
    ReferringKind(
        group="external-secrets.io",
        kind="ExternalSecret",
        plural="externalsecrets",
        versions=("v1", "v1beta1"),
        source=_ESO,
        pointers=(Pointer(path="spec.target.template.templateFrom[].secret.name", items="items"),),
    ),
    ReferringKind(
        group="external-secrets.io",
        kind="PushSecret",
        plural="pushsecrets",
        versions=("v1alpha1",),
        source=_ESO,
        pointers=(
            Pointer(path="spec.selector.secret.name"),
            Pointer(path="spec.template.templateFrom[].secret.name", items="items"),
        ),
    ),
)

_GENERATORS = (
    *(
        ReferringKind(
            group="generators.external-secrets.io",
            kind=kind,
            plural=f"{kind.lower()}s",
            versions=("v1alpha1",),
            source="https://external-secrets.io/latest/api/generator/",
            pointers=(replace(_STORE_SELECTOR, path="spec.**.name", needs=frozenset({"name", "key"})),),
        )
        for kind in (
            "ACRAccessToken",
            "CloudsmithAccessToken",
            "ECRAuthorizationToken",
            "GCRAccessToken",
            "GithubAccessToken",
            "GitlabDeployToken",
            "Grafana",
            "QuayAccessToken",
            "STSSessionToken",
            "VaultDynamicSecret",
            "Webhook",
        )
    ),
    ReferringKind(
        group="generators.external-secrets.io",
        kind="ClusterGenerator",
        plural="clustergenerators",
        versions=("v1alpha1",),
        namespaced=False,
        source="https://external-secrets.io/latest/api/generator/cluster/",
        pointers=(
            replace(
                _STORE_SELECTOR, path="spec.generator.**.name", needs=frozenset({"name", "key"}), namespace="namespace"
            ),
        ),
        elsewhere=Elsewhere(store_kind="ClusterGenerator"),
    ),
)

_VAULT_OPERATOR = tuple(
    ReferringKind(
        group="secrets.hashicorp.com",
        kind=kind,
        plural=plural,
        versions=("v1beta1",),
        source=_VSO,
        pointers=strings(*paths),
    )
    for kind, plural, paths in (
        ("VaultAuth", "vaultauths", ("spec.appRole.secretRef", "spec.jwt.secretRef", "spec.aws.secretRef")),
        ("VaultAuthGlobal", "vaultauthglobals", ("spec.appRole.secretRef", "spec.jwt.secretRef", "spec.aws.secretRef")),
        ("VaultConnection", "vaultconnections", ("spec.caCertSecretRef",)),
        ("HCPAuth", "hcpauths", ("spec.servicePrincipal.secretRef",)),
    )
)

_TRIGGER = ReferringKind(
    group="keda.sh",
    kind="TriggerAuthentication",
    plural="triggerauthentications",
    versions=("v1alpha1",),
    source=_KEDA,
    pointers=(
        *selectors("spec.secretTargetRef[]"),
        *selectors(
            "spec.awsSecretManager.credentials.{}.valueFrom.secretKeyRef",
            "spec.azureKeyVault.credentials.clientSecret.valueFrom.secretKeyRef",
            "spec.gcpSecretManager.credentials.clientSecret.valueFrom.secretKeyRef",
        ),
    ),
)

_OTHERS = (
    _TRIGGER,
    replace(
        _TRIGGER,
        kind="ClusterTriggerAuthentication",
        plural="clustertriggerauthentications",
        namespaced=False,
        # In the operator's own namespace, unless KEDA_CLUSTER_OBJECT_NAMESPACE names another.
        elsewhere=Elsewhere(labels=(("app.kubernetes.io/name", "keda-operator"),), usual=("keda",)),
    ),
    ReferringKind(
        group="barmancloud.cnpg.io",
        kind="ObjectStore",
        plural="objectstores",
        versions=("v1",),
        source="https://cloudnative-pg.io/plugin-barman-cloud/docs/plugin-barman-cloud.v1/",
        pointers=(any_selector("spec.configuration"),),
    ),
    ReferringKind(
        group="velero.io",
        kind="BackupStorageLocation",
        plural="backupstoragelocations",
        versions=("v1",),
        source="https://velero.io/docs/main/api-types/backupstoragelocation/",
        pointers=selectors("spec.credential"),
    ),
    ReferringKind(
        group="secrets.doppler.com",
        kind="DopplerSecret",
        plural="dopplersecrets",
        versions=("v1alpha1",),
        source=_DOPPLER,
        pointers=names("spec.tokenSecret", namespace="namespace"),
    ),
    ReferringKind(
        group="strimzi.io",
        kind="KafkaUser",
        plural="kafkausers",
        versions=("v1", "v1beta2"),
        source="https://strimzi.io/docs/operators/latest/configuring#type-KafkaUser-reference",
        pointers=selectors("spec.authentication.password.valueFrom.secretKeyRef"),
    ),
    ReferringKind(
        group="k8s.bitwarden.com",
        kind="BitwardenSecret",
        plural="bitwardensecrets",
        versions=("v1",),
        source="https://bitwarden.com/help/secrets-manager-kubernetes-operator/",
        pointers=(Pointer(path="spec.authToken.secretName", key="secretKey"),),
    ),
    ReferringKind(
        group="secrets.infisical.com",
        kind="InfisicalSecret",
        plural="infisicalsecrets",
        versions=("v1alpha1",),
        source=_INFISICAL,
        pointers=strings(
            "spec.authentication.universalAuth.credentialsRef.secretName",
            "spec.authentication.ldapAuth.credentialsRef.secretName",
            "spec.authentication.serviceToken.serviceTokenSecretReference.secretName",
            "spec.authentication.serviceAccount.serviceAccountSecretReference.secretName",
            "spec.tokenSecretReference.secretName",
            "spec.tls.caRef.secretName",
            namespace="secretNamespace",
        ),
    ),
)

KINDS = (
    *_CLOUDNATIVE_PG,
    *_PROMETHEUS_OPERATOR,
    *_CERTIFICATES,
    *_EXTERNAL_SECRETS,
    *_GENERATORS,
    *_VAULT_OPERATOR,
    *_OTHERS,
)
