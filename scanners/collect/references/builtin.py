"""Built-in kinds that name Secrets: Ingress, PersistentVolume, StorageClass; and the classes of volume snapshots."""

from __future__ import annotations

from scanners.collect.references.pointer import Pointer
from scanners.collect.references.table import ReferringKind, names, strings

_NGINX = 'metadata.annotations."nginx.ingress.kubernetes.io/{}"'

_DELETION = "volume.kubernetes.io/provisioner-deletion-secret"

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
        + strings("spec.azureFile.secretName", namespace="secretNamespace")
        + (
            # What the provisioner deletes the volume with: https://github.com/kubernetes-csi/external-provisioner
            Pointer(
                path=f'metadata.annotations."{_DELETION}-name"',
                namespace=f"{_DELETION}-namespace",
                always_optional=True,
            ),
        ),
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
    *(
        ReferringKind(
            group=group,
            kind=kind,
            plural=plural,
            versions=versions,
            namespaced=False,
            source="https://kubernetes-csi.github.io/docs/secrets-and-credentials-volume-snapshot-class.html",
            pointers=tuple(
                Pointer(
                    path=f'parameters."csi.storage.k8s.io/{use}-secret-name"',
                    namespace=f"csi.storage.k8s.io/{use}-secret-namespace",
                )
                for use in uses
            ),
        )
        for group, kind, plural, versions, uses in (
            (
                "snapshot.storage.k8s.io",
                "VolumeSnapshotClass",
                "volumesnapshotclasses",
                ("v1",),
                ("snapshotter", "snapshotter-list"),
            ),
            (
                "groupsnapshot.storage.k8s.io",
                "VolumeGroupSnapshotClass",
                "volumegroupsnapshotclasses",
                ("v1", "v1beta2", "v1beta1"),
                ("group-snapshotter", "group-snapshotter-list"),
            ),
        )
    ),
)
