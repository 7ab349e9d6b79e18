"""Built-in kinds that name Secrets: Ingress, PersistentVolume, StorageClass."""

from __future__ import annotations

from scanners.collect.references.pointer import Pointer
from scanners.collect.references.table import ReferringKind, names, strings

_NGINX = 'metadata.annotations."nginx.ingress.kubernetes.io/{}"'

KINDS = (
    ReferringKind(
        group="networking.k8s.io",
        kind="Ingress",
        plural="ingresses",
        versions=("v1",),
        builtin=True,
        how="ingress-tls",
        source="https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/",
        pointers=(
            Pointer(path="spec.tls[].secretName", keys=("tls.crt", "tls.key")),
            # https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
            Pointer(path=_NGINX.format("auth-secret"), slash=True, how="custom-resource"),
            *strings(_NGINX.format("auth-tls-secret"), _NGINX.format("proxy-ssl-secret"), slash=True),
        ),
    ),
    ReferringKind(
        group="",
        kind="PersistentVolume",
        plural="persistentvolumes",
        versions=("v1",),
        namespaced=False,
        builtin=True,
        source="https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/",
        pointers=names(
            "spec.csi.controllerPublishSecretRef",
            "spec.csi.nodeStageSecretRef",
            "spec.csi.nodePublishSecretRef",
            "spec.csi.controllerExpandSecretRef",
            "spec.csi.nodeExpandSecretRef",
            "spec.cephfs.secretRef",
            "spec.cinder.secretRef",
            "spec.flexVolume.secretRef",
            "spec.iscsi.secretRef",
            "spec.rbd.secretRef",
            "spec.scaleIO.secretRef",
            "spec.storageos.secretRef",
            namespace="namespace",
        )
        + strings("spec.azureFile.secretName", namespace="secretNamespace"),
    ),
    ReferringKind(
        group="storage.k8s.io",
        kind="StorageClass",
        plural="storageclasses",
        versions=("v1",),
        namespaced=False,
        builtin=True,
        source="https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html",
        pointers=tuple(
            Pointer(
                path=f'parameters."csi.storage.k8s.io/{use}-secret-name"',
                namespace=f"csi.storage.k8s.io/{use}-secret-namespace",
            )
            for use in (
                "provisioner",
                "controller-publish",
                "node-stage",
                "node-publish",
                "controller-expand",
                "node-expand",
            )
        ),
    ),
)
