"""Gateways and proxies that name Secrets: of Gateway API, Istio, Contour, Traefik, Envoy, Kong, NGINX, OpenShift."""

from __future__ import annotations

from scanners.collect.references.pointer import Elsewhere
from scanners.collect.references.table import ReferringKind, names, selectors, strings

_A_SECRET = (("group", ("", None)), ("kind", ("Secret", None)))
"""A certificateRef is a core Secret unless it says otherwise; another group or kind is none of ours."""
_OF_KIND_SECRET = (("group", ("", None)), ("kind", ("Secret",)))
"""A caCertificateRef is a ConfigMap unless it says otherwise."""

_GATEWAY_API = "https://gateway-api.sigs.k8s.io/reference/spec/"
_CONTOUR = "https://projectcontour.io/docs/main/config/api/"
_TRAEFIK = "https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/"


def _traefik(group: str) -> tuple[ReferringKind, ...]:
    """Traefik's kinds; the group was traefik.containo.us up to Traefik 2."""

    def kind(name: str, plural: str, *paths: str, tls: bool = False) -> ReferringKind:
        return ReferringKind(
            group=group,
            kind=name,
            plural=plural,
            versions=("v1alpha1",),
            how="gateway-tls" if tls else "custom-resource",
            source=_TRAEFIK,
            pointers=strings(*paths),
        )

    return (
        kind("IngressRoute", "ingressroutes", "spec.tls.secretName", tls=True),
        kind("IngressRouteTCP", "ingressroutetcps", "spec.tls.secretName", tls=True),
        kind("TLSOption", "tlsoptions", "spec.clientAuth.secretNames[]", tls=True),
        kind("TLSStore", "tlsstores", "spec.defaultCertificate.secretName", "spec.certificates[].secretName", tls=True),
        kind(
            "Middleware",
            "middlewares",
            "spec.basicAuth.secret",
            "spec.digestAuth.secret",
            "spec.forwardAuth.tls.caSecret",
            "spec.forwardAuth.tls.certSecret",
            "spec.rateLimit.redis.secret",
            "spec.rateLimit.redis.tls.caSecret",
            "spec.rateLimit.redis.tls.certSecret",
        ),
        kind(
            "ServersTransport",
            "serverstransports",
            "spec.certificatesSecrets[]",
            "spec.rootCAsSecrets[]",
            "spec.rootCAs[].secret",
        ),
    )


_LISTENER_SETS = tuple(
    ReferringKind(
        group=group,
        kind=kind,
        plural=f"{kind.lower()}s",
        versions=versions,
        how="gateway-tls",
        source=_GATEWAY_API,
        pointers=names("spec.listeners[].tls.certificateRefs[]", when=_A_SECRET, namespace="namespace"),
    )
    for group, kind, versions in (
        ("gateway.networking.k8s.io", "ListenerSet", ("v1",)),
        ("gateway.networking.x-k8s.io", "XListenerSet", ("v1alpha1",)),
    )
)

_BACKEND_TLS = (
    ReferringKind(
        group="gateway.networking.k8s.io",
        kind="BackendTLSPolicy",
        plural="backendtlspolicies",
        versions=("v1", "v1alpha3"),
        how="gateway-tls",
        source=_GATEWAY_API,
        pointers=names("spec.validation.caCertificateRefs[]", when=_OF_KIND_SECRET),
    ),
    ReferringKind(
        group="gateway.envoyproxy.io",
        kind="SecurityPolicy",
        plural="securitypolicies",
        versions=("v1alpha1",),
        source="https://gateway.envoyproxy.io/docs/api/extension_types/",
        pointers=names(
            "spec.oidc.clientSecret",
            "spec.basicAuth.users",
            "spec.apiKeyAuth.credentialRefs[]",
            when=_A_SECRET,
            namespace="namespace",
        ),
    ),
    ReferringKind(
        group="gateway.envoyproxy.io",
        kind="ClientTrafficPolicy",
        plural="clienttrafficpolicies",
        versions=("v1alpha1",),
        how="gateway-tls",
        source="https://gateway.envoyproxy.io/docs/api/extension_types/",
        pointers=names("spec.tls.clientValidation.caCertificateRefs[]", when=_OF_KIND_SECRET, namespace="namespace"),
    ),
)

_ISTIO = (
    ReferringKind(
        group="networking.istio.io",
        kind="DestinationRule",
        plural="destinationrules",
        versions=("v1", "v1beta1", "v1alpha3"),
        how="gateway-tls",
        source="https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
        pointers=strings(
            "spec.trafficPolicy.tls.credentialName",
            "spec.trafficPolicy.portLevelSettings[].tls.credentialName",
            "spec.subsets[].trafficPolicy.tls.credentialName",
            "spec.subsets[].trafficPolicy.portLevelSettings[].tls.credentialName",
        ),
        # The Secret is read in the namespace of the proxy; which proxies these are, the selector says in part.
        elsewhere=Elsewhere(
            selector="spec.workloadSelector.matchLabels",
            usual=("", "istio-system", "istio-ingress", "istio-egress"),
        ),
    ),
    ReferringKind(
        group="extensions.istio.io",
        kind="WasmPlugin",
        plural="wasmplugins",
        versions=("v1alpha1",),
        how="image-pull",
        source="https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/",
        pointers=strings("spec.imagePullSecret"),
    ),
)

_KONG = "https://developer.konghq.com/kubernetes-ingress-controller/reference/custom-resources/"
_NGINX = "https://docs.nginx.com/nginx-ingress-controller/configuration/"

_OTHERS = (
    ReferringKind(
        group="configuration.konghq.com",
        kind="KongPlugin",
        plural="kongplugins",
        versions=("v1",),
        source=_KONG,
        pointers=selectors("configFrom.secretKeyRef", "configPatches[].valueFrom.secretKeyRef"),
    ),
    ReferringKind(
        group="configuration.konghq.com",
        kind="KongClusterPlugin",
        plural="kongclusterplugins",
        versions=("v1",),
        namespaced=False,
        source=_KONG,
        pointers=selectors("configFrom.secretKeyRef", "configPatches[].valueFrom.secretKeyRef", namespace="namespace"),
    ),
    ReferringKind(
        group="configuration.konghq.com",
        kind="KongConsumer",
        plural="kongconsumers",
        versions=("v1",),
        source=_KONG,
        pointers=strings("credentials[]"),
    ),
    ReferringKind(
        group="k8s.nginx.org",
        kind="VirtualServer",
        plural="virtualservers",
        versions=("v1",),
        how="ingress-tls",
        source=_NGINX,
        pointers=strings("spec.tls.secret"),
    ),
    ReferringKind(
        group="k8s.nginx.org",
        kind="Policy",
        plural="policies",
        versions=("v1",),
        source=_NGINX,
        pointers=strings(
            "spec.basicAuth.secret",
            "spec.jwt.secret",
            "spec.apiKey.clientSecret",
            "spec.oidc.clientSecret",
            "spec.ingressMTLS.clientCertSecret",
            "spec.egressMTLS.tlsSecret",
            "spec.egressMTLS.trustedCertSecret",
        ),
    ),
    ReferringKind(
        group="route.openshift.io",
        kind="Route",
        plural="routes",
        versions=("v1",),
        how="ingress-tls",
        source="https://docs.openshift.com/container-platform/latest/networking/routes/secured-routes.html",
        pointers=names("spec.tls.externalCertificate"),
    ),
)

KINDS = (
    ReferringKind(
        group="gateway.networking.k8s.io",
        kind="Gateway",
        plural="gateways",
        versions=("v1", "v1beta1"),
        how="gateway-tls",
        source=_GATEWAY_API,
        pointers=names(
            "spec.listeners[].tls.certificateRefs[]",
            "spec.backendTLS.clientCertificateRef",
            "spec.tls.backend.clientCertificateRef",
            when=_A_SECRET,
            namespace="namespace",
        )
        + names(
            "spec.listeners[].tls.frontendValidation.caCertificateRefs[]",
            "spec.tls.frontend.default.validation.caCertificateRefs[]",
            "spec.tls.frontend.perPort[].tls.validation.caCertificateRefs[]",
            when=_OF_KIND_SECRET,
            namespace="namespace",
        ),
    ),
    ReferringKind(
        group="networking.istio.io",
        kind="Gateway",
        plural="gateways",
        versions=("v1", "v1beta1", "v1alpha3"),
        how="gateway-tls",
        source="https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings",
        pointers=strings(
            "spec.servers[].tls.credentialName",
            "spec.servers[].tls.credentialNames[]",
            "spec.servers[].tls.caCertCredentialName",
        ),
        # The Secret is read in the namespace of the proxy, which the selector selects.
        elsewhere=Elsewhere(selector="spec.selector", usual=("", "istio-system", "istio-ingress"), certain=True),
    ),
    ReferringKind(
        group="projectcontour.io",
        kind="HTTPProxy",
        plural="httpproxies",
        versions=("v1",),
        how="gateway-tls",
        source=_CONTOUR,
        pointers=strings(
            "spec.virtualhost.tls.secretName",
            "spec.virtualhost.tls.clientValidation.caSecret",
            "spec.virtualhost.tls.clientValidation.crlSecret",
            "spec.virtualhost.jwtProviders[].remoteJWKS.validation.caSecret",
            "spec.routes[].services[].validation.caSecret",
            "spec.tcpproxy.services[].validation.caSecret",
            slash=True,
        ),
    ),
    *_traefik("traefik.io"),
    *_traefik("traefik.containo.us"),
    *_LISTENER_SETS,
    *_BACKEND_TLS,
    *_ISTIO,
    *_OTHERS,
)
