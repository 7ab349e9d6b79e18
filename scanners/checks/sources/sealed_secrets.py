"""Whether the Sealed Secrets controller is recent, and whether it renews its sealing key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import quoted, shown
from scanners.consumers import TopObject
from scanners.context import Context
from scanners.images import image_tag, is_sealed_secrets_controller
from scanners.inventory import Workload
from scanners.spans import span

SAFE_SINCE = (0, 40)
"""From 0.40.0 on the endpoint /v1/rotate tells nobody any more what a SealedSecret decrypts to.

https://github.com/bitnami/sealed-secrets/blob/main/RELEASE-NOTES.md and its pull requests 2019 and 2049.
"""

RENEW_FLAG = "key-renew-period"
RENEW_SECONDS = 30 * 86_400.0
"""The controller's default period between new sealing keys (cmd/controller/main.go)."""
TOLERATED_PERIODS = 2
"""A key that is this many periods old was not renewed: the controller makes one as soon as a period has passed."""

KEY_LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"

_RELEASE = re.compile(
    r"v?(\d{1,4})\.(\d{1,4})(?:\.\d{1,6})?(?:-(?:debian|photon|ubi)-\d+-r\d+|-(?:amd64|arm64|arm|ppc64le|s390x))?"
)
"""A tag of the project's, or of Bitnami's catalogue, with the system or architecture it is built for."""


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller: the object at the top, and the templates (or, failing these, Pods) in which its image stands."""

    top: TopObject
    templates: tuple[Workload, ...]

    @property
    def namespace(self) -> str:
        return self.top.namespace

    @property
    def name(self) -> str:
        return self.top.name

    @property
    def images(self) -> tuple[str, ...]:
        found = (image for item in self.templates for image in item.images if is_sealed_secrets_controller(image))
        return tuple(dict.fromkeys(found))


def _select_controllers(context: Context) -> Iterator[Controller | Unknown]:
    templates: dict[TopObject, list[Workload]] = {}
    for workload in context.inventory.workloads:
        if any(map(is_sealed_secrets_controller, workload.images)) and not context.consumers.is_history(workload):
            templates.setdefault(context.consumers.top(workload), []).append(workload)
    for top, found in templates.items():
        # What a controller's own template says counts; a Pod may be one of a roll-out that has not ended.
        own = [item for item in found if (item.kind, item.name) == (top.kind, top.name)]
        yield Controller(top, tuple(own or found))
    if not templates and any(item.group == "bitnami.com" for item in context.inventory.sync_objects):
        yield Unknown(
            "there are SealedSecrets, and no image by which their controller would be known: look at what runs it"
        )


def _judge_controller(context: Context, controller: Controller) -> Judgement:
    faults = [*_old_version(controller), *_renewal(context, controller)]
    certain = [fault for fault in faults if isinstance(fault, Fault)]
    return certain or next((reason for reason in faults if isinstance(reason, Unknown)), [])


def _old_version(controller: Controller) -> Iterator[Fault | Unknown]:
    for image in controller.images:
        tag = image_tag(image)
        release = _RELEASE.fullmatch(tag)
        if release is None:
            yield Unknown(
                f"which version of Sealed Secrets {shown(controller.namespace)}/{shown(controller.name)} runs is not "
                f"told by {'the tag ' + shown(tag) if tag else 'an image without a tag'}; compare it with 0.40.0"
            )
        elif (int(release[1]), int(release[2])) < SAFE_SINCE:
            yield _fault(
                controller,
                f"runs Sealed Secrets {shown(tag.removeprefix('v'))}; before 0.40.0 whoever reaches its Service can "
                "have it decrypt SealedSecrets",
                f"image {shown(image)}",
                _UPGRADE,
                "image",
            )


def _renewal(context: Context, controller: Controller) -> Iterator[Fault | Unknown]:
    given = next((item.flags[RENEW_FLAG] for item in controller.templates if RENEW_FLAG in item.flags), None)
    period = RENEW_SECONDS if given is None else _seconds(given)
    if period is None:
        yield Unknown(
            f"how often {shown(controller.namespace)}/{shown(controller.name)} renews its sealing key is not told: its "
            f"{RENEW_FLAG} comes from elsewhere, or is no duration"
        )
    elif period == 0:
        yield _fault(
            controller,
            "never renews its sealing key",
            f"--{RENEW_FLAG}=0",
            _RENEW,
            RENEW_FLAG,
        )
    else:
        newest = _newest_key(context, controller.namespace)
        if newest is not None and (context.now - newest).total_seconds() > TOLERATED_PERIODS * period:
            yield _fault(
                controller,
                f"does not renew its sealing key: the newest is {span((context.now - newest).total_seconds())} old, "
                f"though it should make one every {span(period)}",
                f"the newest Secret with the label {KEY_LABEL} is of {newest:%Y-%m-%d}",
                _STUCK,
                RENEW_FLAG,
            )


def _newest_key(context: Context, namespace: str) -> datetime | None:
    """When the newest sealing key of this namespace was made; None where none was seen."""
    made = [
        secret.created_at
        for secret in context.inventory.secrets
        if secret.namespace == namespace and secret.labels.get(KEY_LABEL) == "active" and secret.created_at is not None
    ]
    return max(made, default=None)


def _seconds(kept: str) -> float | None:
    """The flag's seconds, None where the collection could not read it."""
    try:
        return float(kept)
    except ValueError:
        return None


_UPGRADE = (
    "Upgrade the controller (and kubeseal with it), then see that the key is renewed and issue new values for what "
    "must not have been read:\n\n"
    "  helm repo add sealed-secrets https://bitnami.github.io/sealed-secrets\n"
    "  helm upgrade RELEASE sealed-secrets/sealed-secrets -n {namespace} --reuse-values\n\n"
    "Until then let nobody but the API server reach its port 8080, by a NetworkPolicy."
)
_RENEW = (
    "Take the flag --key-renew-period, or the variable SEALED_SECRETS_KEY_RENEW_PERIOD, out of the template; without "
    "it the controller makes a new key every 30 days and keeps the old ones for what was sealed before:\n\n"
    "  kubectl edit {kind} {name} -n {namespace}\n\n"
    "Back the keys up again after each renewal."
)
_STUCK = (
    "See whether the controller runs and may create Secrets, and what it says:\n\n"
    "  kubectl logs {kind}/{name} -n {namespace} --tail=100\n"
    "  kubectl get secrets -n {namespace} -l " + KEY_LABEL + " --sort-by=.metadata.creationTimestamp"
)


def _fault(controller: Controller, what: str, evidence: str, remediation: str, field: str) -> Fault:
    top = controller.top
    return Fault(
        kind=top.kind,
        namespace=top.namespace,
        name=top.name,
        field=field,
        message=f"{shown(top.kind)} {shown(top.namespace)}/{shown(top.name)} {what}.",
        evidence=evidence,
        remediation=remediation.format(
            kind=quoted(top.kind.lower()), name=quoted(top.name), namespace=quoted(top.namespace)
        ),
    )


SEALED_SECRETS_OUTDATED = Check(
    id="sealed-secrets-outdated",
    title="The Sealed Secrets controller is recent and renews its key",
    severity="high",
    needs=("secrets", "deployments", "pods"),
    checklist="source-of-truth",
    what=(
        "The Sealed Secrets controller is older than 0.40.0, or does not renew its sealing key: the period is set to "
        "0, or the newest key is more than two periods old."
    ),
    why=(
        "Before 0.40.0 whoever reached the controller inside the cluster could have it tell the content of a "
        "SealedSecret from Git. Without renewal one key opens everything that was ever sealed, for as long as it is "
        "not found out that it was copied."
    ),
    fix="Upgrade the controller to 0.40.0 or later, and leave key renewal on.",
    blind_spots=(
        "The version is read from the image's tag: a digest alone, or a tag of your own, tells none. The controller is "
        "known by the name of its image. Renewing the sealing key does not change the values that were sealed."
    ),
    references=(
        ("Sealed Secrets releases", "https://github.com/bitnami/sealed-secrets/blob/main/RELEASE-NOTES.md"),
        ("Sealing key renewal", "https://github.com/bitnami/sealed-secrets#sealing-key-renewal"),
    ),
    mappings=(("NSA/CISA Kubernetes Hardening Guide", "Upgrading and application security practices"),),
    select=_select_controllers,
    judge=_judge_controller,
)

CHECKS = (SEALED_SECRETS_OUTDATED,)
