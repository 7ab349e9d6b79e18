"""Names of container images: `REGISTRY/REPOSITORY:TAG@DIGEST`, each part but the repository optional.

https://github.com/distribution/reference. Mirrors put their own path before a repository, so an image is known by
the end of it.
"""

from __future__ import annotations

SEALED_SECRETS_CONTROLLERS = ("sealed-secrets-controller", "sealed-secrets")
"""The last part of the repository of the Sealed Secrets controller: the project's own images, and Bitnami's.

https://github.com/bitnami/sealed-secrets/blob/main/helm/sealed-secrets/values.yaml
"""


def image_repository(image: str) -> str:
    """`registry:5000/team/app` of `registry:5000/team/app:1.2@sha256:…`."""
    name, _, _ = image.partition("@")
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def image_tag(image: str) -> str:
    """`1.2` of `registry:5000/team/app:1.2@sha256:…`; "" where only a digest stands there, or nothing."""
    name, _, _ = image.partition("@")
    return name.rpartition("/")[2].partition(":")[2]


def is_sealed_secrets_controller(image: str) -> bool:
    """Whether the image is the Sealed Secrets controller, by the end of its repository."""
    last = image_repository(image).rpartition("/")[2]
    return last in SEALED_SECRETS_CONTROLLERS or last.endswith("-sealed-secrets-controller")
