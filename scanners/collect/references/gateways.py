"""Gateways and proxies that name Secrets: Gateway API, Istio, Contour, Traefik."""

from __future__ import annotations

from scanners.collect.references.pointer import Elsewhere
from scanners.collect.references.table import ReferringKind, names, strings

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
)
