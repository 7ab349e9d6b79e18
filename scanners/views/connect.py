"""Connecting a cluster: choose a source, see what it would show, and only then save it."""

from __future__ import annotations

import io
import uuid

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from scanners.connections import network_rules
from scanners.credentials import SealBroken, seal, unseal
from scanners.forms import ContextForm, KubeconfigForm, SaveForm, SnapshotForm
from scanners.kube.credential import Credential
from scanners.kube.errors import KubeError
from scanners.kube.local import LocalContext, local_contexts, local_credential
from scanners.kube.transport import Transport
from scanners.models import Cluster
from scanners.preview import TOKEN_COMMANDS, Preview, preview, scanner_manifest
from scanners.requests import request_scan
from scanners.snapshot import SnapshotError, encode_snapshot, read_snapshot
from secretsui.accounts.audit import record
from secretsui.accounts.decorators import administrator_required, recently_confirmed

FORM_SECONDS = 15 * 60
"""How long a previewed, unsaved connection may be saved."""


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@administrator_required
@recently_confirmed
def connect(request: HttpRequest) -> HttpResponse:
    """The page with the ways in; a POST tries one of them and shows what it would see."""
    way = request.POST.get("way", "") if request.method == "POST" else ""
    if way in _WAYS:
        return _WAYS[way](request)
    return _page(request)


def _page(request: HttpRequest, **forms: object) -> HttpResponse:
    context = {
        "kubeconfig_form": KubeconfigForm(prefix="kubeconfig"),
        "snapshot_form": SnapshotForm(prefix="snapshot"),
        "contexts": _own_contexts(),
        "context_form": ContextForm(prefix="context"),
        "local": settings.LOCAL,
        **_manifests(),
        **forms,
    }
    return render(request, "scanners/connect.html", context, status=400 if forms else 200)


def _own_contexts() -> list[LocalContext]:
    """The contexts of this machine's kubeconfig; a broken one is no reason to withhold the page."""
    if not settings.LOCAL:
        return []
    try:
        return local_contexts()
    except KubeError:
        return []


@sensitive_variables()
def _kubeconfig(request: HttpRequest) -> HttpResponse:
    form = KubeconfigForm(request.POST, request.FILES, prefix="kubeconfig")
    if not form.is_valid():
        return _page(request, kubeconfig_form=form)
    credential: Credential = form.cleaned_data["credential"]
    try:
        seen = _look(credential)
    except KubeError as error:
        form.add_error(None, str(error))
        return _page(request, kubeconfig_form=form)
    context = {
        "preview": seen,
        "name": form.cleaned_data["name"],
        "server": credential.server,
        "sealed": seal(credential, _draft(request)).decode(),
        "expires_at": credential.expires_at,
        "way": "save",
    }
    return render(request, "scanners/connect_preview.html", context | _manifests())


def _manifests() -> dict[str, str]:
    return {
        "manifest": scanner_manifest(with_secrets=True),
        "manifest_without_secrets": scanner_manifest(with_secrets=False),
        "token_commands": TOKEN_COMMANDS,
    }


def _look(credential: Credential) -> Preview:
    with Transport(credential, network_rules()) as transport:
        return preview(transport, credential.namespace)


def _draft(request: HttpRequest) -> str:
    """What an unsaved credential is bound to: this person's form, not any cluster."""
    return f"draft of user {request.user.pk}"


def _context(request: HttpRequest) -> HttpResponse:
    form = ContextForm(request.POST, prefix="context")
    if not settings.LOCAL:
        form.add_error(None, "Contexts of this machine can be used only by `secretsui up` on loopback.")
    if not form.is_valid():
        return _page(request, context_form=form)
    wanted = form.cleaned_data["context"]
    if wanted not in {item.name for item in _own_contexts()}:
        form.add_error("context", f"This machine's kubeconfig has no context {wanted}.")
        return _page(request, context_form=form)
    try:
        credential = local_credential(None, wanted)
        seen = _look(credential)
    except KubeError as error:
        form.add_error(None, str(error))
        return _page(request, context_form=form)
    if request.POST.get("confirmed"):
        return _save(
            request, name=form.cleaned_data["name"], connection=Cluster.Connection.CONTEXT,
            server=credential.server, context=wanted, seen=seen,
        )  # fmt: skip
    context = {
        "preview": seen,
        "name": form.cleaned_data["name"],
        "server": credential.server,
        "context": wanted,
        "way": "context",
    }
    return render(request, "scanners/connect_preview.html", context | _manifests())


def _snapshot(request: HttpRequest) -> HttpResponse:
    form = SnapshotForm(request.POST, request.FILES, prefix="snapshot")
    if not form.is_valid():
        return _page(request, snapshot_form=form)
    try:
        inventory = read_snapshot(io.BytesIO(form.cleaned_data["file"].read()), now=timezone.now())
    except SnapshotError as error:
        form.add_error("file", str(error))
        return _page(request, snapshot_form=form)
    # Only what the reader kept is stored: the file itself may hold values.
    return _save(
        request, name=form.cleaned_data["name"], connection=Cluster.Connection.SNAPSHOT,
        server=inventory.cluster.server, snapshot=encode_snapshot(inventory),
    )  # fmt: skip


@sensitive_variables()
def _confirm(request: HttpRequest) -> HttpResponse:
    """The second step of a kubeconfig: nothing was stored until here."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        problem = " ".join(str(message) for errors in form.errors.values() for message in errors)
        messages.error(request, f"{problem} Nothing was saved.")
        return redirect("connect")
    try:
        credential = unseal(form.cleaned_data["sealed"].encode(), _draft(request), max_age_seconds=FORM_SECONDS)
        seen = _look(credential)
    except (SealBroken, KubeError) as error:
        messages.error(request, f"{error} Nothing was saved.")
        return redirect("connect")
    return _save(
        request, name=form.cleaned_data["name"], connection=Cluster.Connection.KUBECONFIG,
        server=credential.server, credential=credential, seen=seen,
    )  # fmt: skip


def _save(
    request: HttpRequest,
    *,
    name: str,
    connection: Cluster.Connection,
    server: str,
    context: str = "",
    credential: Credential | None = None,
    snapshot: bytes = b"",
    seen: Preview | None = None,
) -> HttpResponse:
    cluster = Cluster(
        id=uuid.uuid4(), name=name, connection=connection, server=server, context=context, snapshot=snapshot
    )
    if credential is not None:
        cluster.credential = seal(credential, cluster.id)
        cluster.credential_fingerprint = credential.fingerprint()
        cluster.credential_expires_at = credential.expires_at
    if seen is not None:
        cluster.identity = seen.identity[:300]
        cluster.permissions = seen.as_rows()
    try:
        with transaction.atomic():
            cluster.save(force_insert=True)
    except IntegrityError:
        messages.error(request, f"There is a cluster named {name} already. Choose another name. Nothing was saved.")
        return redirect("connect")
    record(request, "cluster.connect", name, connection=connection, server=server)
    return redirect(request_scan(cluster, request.user))  # type: ignore[arg-type]


_WAYS = {"kubeconfig": _kubeconfig, "context": _context, "snapshot": _snapshot, "save": _confirm}
