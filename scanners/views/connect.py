"""Connecting a cluster, or replacing how one is connected: choose a way, see what it would show, only then save it."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Mapping

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from scanners import deployment
from scanners.connections import (
    ADOPTED,
    ConnectionProblem,
    Way,
    adopt,
    context_way,
    in_cluster_way,
    look,
    offers_in_cluster,
)
from scanners.credentials import SealBroken, seal, unseal
from scanners.forms.connecting import (
    ContextForm,
    InClusterForm,
    KubeconfigForm,
    NamedForm,
    SaveForm,
    SnapshotForm,
    TokenForm,
)
from scanners.forms.fields import LONGEST_SERVER
from scanners.kube.errors import CredentialUnavailable, KubeError
from scanners.kube.local import LocalContext, local_contexts
from scanners.models import Cluster
from scanners.preview import Preview
from scanners.requests import request_scan
from scanners.schedule import first_run
from scanners.snapshot import SnapshotError, encode_snapshot, read_snapshot
from scanners.store.plain import clean
from scanners.views.pages import cluster_page, visible_cluster
from scanners.words import listed
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
    return _answer(request, None)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@administrator_required
@recently_confirmed
def reconnect(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """The same for a cluster that is there already: its history stays, its credential is replaced."""
    cluster = visible_cluster(request, cluster_id)
    if cluster.is_demo:
        raise Http404("The demo is connected to nothing.")
    return _answer(request, cluster)


def _answer(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    way = request.POST.get("way", "") if request.method == "POST" else ""
    ways = _SNAPSHOT_WAYS if replaces and not replaces.is_live else _LIVE_WAYS if replaces else _WAYS
    return ways[way](request, replaces) if way in ways else _page(request, replaces)


def _page(request: HttpRequest, replaces: Cluster | None, **refused: forms.Form) -> HttpResponse:
    context = {
        "title": f"Replace how {replaces.name} is connected" if replaces else "Connect a cluster",
        "replaces": replaces,
        "kubeconfig_form": KubeconfigForm(prefix="kubeconfig", replaces=replaces),
        "token_form": TokenForm(prefix="token", replaces=replaces),
        "snapshot_form": SnapshotForm(prefix="snapshot", replaces=replaces),
        "contexts": _own_contexts(),
        "context_form": ContextForm(prefix="context", replaces=replaces),
        "local": settings.LOCAL,
        "in_pod": offers_in_cluster(),
        "in_cluster_form": InClusterForm(prefix="in-cluster", replaces=replaces, initial={"name": "in-cluster"}),
        **_manifests(),
        **refused,
    }
    return _render(request, "scanners/connect.html", replaces, context, status=400 if refused else 200)


def _render(
    request: HttpRequest, template: str, replaces: Cluster | None, context: dict[str, object], status: int = 200
) -> HttpResponse:
    if replaces is None:
        return render(request, template, context, status=status)
    response = cluster_page(request, template, replaces, "cluster-settings", context)
    response.status_code = status
    return response


def _manifests() -> dict[str, object]:
    return {
        "manifest": deployment.as_yaml(deployment.identity(with_secrets=True)),
        "manifest_without_secrets": deployment.as_yaml(deployment.identity(with_secrets=False)),
        "token_commands": deployment.TOKEN_COMMANDS,
    }


def _own_contexts() -> list[LocalContext]:
    """The contexts of this machine's kubeconfig; a broken one is no reason to withhold the page."""
    if not settings.LOCAL:
        return []
    try:
        return local_contexts()
    except CredentialUnavailable:
        return []


@sensitive_variables()
def _kubeconfig(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    form = KubeconfigForm(request.POST, request.FILES, prefix="kubeconfig", replaces=replaces)
    if not form.is_valid():
        return _page(request, replaces, kubeconfig_form=form)
    way = Way(Cluster.Connection.KUBECONFIG, form.cleaned_data["credential"])
    return _try(request, replaces, way, form, "kubeconfig_form")


@sensitive_variables()
def _token(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    form = TokenForm(request.POST, request.FILES, prefix="token", replaces=replaces)
    if not form.is_valid():
        return _page(request, replaces, token_form=form)
    return _try(request, replaces, Way(Cluster.Connection.TOKEN, form.cleaned_data["credential"]), form, "token_form")


def _context(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    form = ContextForm(request.POST, prefix="context", replaces=replaces)
    if not form.is_valid():
        return _page(request, replaces, context_form=form)
    wanted = form.cleaned_data["context"]
    if settings.LOCAL and wanted not in {item.name for item in _own_contexts()}:
        form.add_error("context", f"This machine's kubeconfig has no context {wanted}.")
        return _page(request, replaces, context_form=form)
    return _try_of_machine(request, replaces, lambda: context_way(wanted), form, "context_form")


def _in_cluster(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    form = InClusterForm(request.POST, prefix="in-cluster", replaces=replaces)
    if not form.is_valid():
        return _page(request, replaces, in_cluster_form=form)
    return _try_of_machine(request, replaces, in_cluster_way, form, "in_cluster_form")


def _try_of_machine(
    request: HttpRequest, replaces: Cluster | None, make: Callable[[], Way], form: NamedForm, name: str
) -> HttpResponse:
    """A way of which nothing is stored, so that its second step is the first one once more."""
    try:
        way = make()
        if not request.POST.get("confirmed"):
            return _try(request, replaces, way, form, name)
        return _save(request, replaces, form.cleaned_data.get("name", ""), way, look(way))
    except (ConnectionProblem, KubeError) as error:
        form.add_error(None, str(error))
        return _page(request, replaces, **{name: form})


@sensitive_variables()
def _try(request: HttpRequest, replaces: Cluster | None, way: Way, form: NamedForm, name: str) -> HttpResponse:
    """What the connection would show; nothing is stored."""
    try:
        seen = look(way)
    except KubeError as error:
        form.add_error(None, str(error))
        return _page(request, replaces, **{name: form})
    context = {
        "preview": seen,
        "replaces": replaces,
        "lost": listed(_lost(replaces, seen), most=6),
        "name": form.cleaned_data.get("name") or (replaces.name if replaces else ""),
        "way": way,
        "sealed": seal(way.credential, _draft(request, replaces)).decode() if way.keeps_credential else "",
        **_manifests(),
    }
    return _render(request, "scanners/connect_preview.html", replaces, context)


def _lost(replaces: Cluster | None, seen: Preview) -> list[str]:
    """What the identity before might read in the whole cluster, and this one may not."""
    before = {line["input"] for line in replaces.permissions if line["allowed"]} if replaces else set()
    return sorted(before & {line.input for line in seen.refused})


def _draft(request: HttpRequest, replaces: Cluster | None) -> str:
    """What an unsaved credential is bound to: this person's form for this cluster, not any cluster."""
    return f"draft of user {request.user.pk} for {replaces.pk if replaces else 'a new cluster'}"


@sensitive_variables()
def _confirm(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    """The second step of a credential that is stored: nothing was until here."""
    form = SaveForm(request.POST, replaces=replaces)
    if not form.is_valid():
        problem = " ".join(str(message) for errors in form.errors.values() for message in errors)
        return _nothing_saved(request, replaces, problem)
    sealed = form.cleaned_data["sealed"].encode()
    try:
        credential = unseal(sealed, _draft(request, replaces), max_age_seconds=FORM_SECONDS)
        way = Way(Cluster.Connection(form.cleaned_data["connection"]), credential)
        seen = look(way)
    except (SealBroken, KubeError) as error:
        return _nothing_saved(request, replaces, str(error))
    return _save(request, replaces, form.cleaned_data.get("name", ""), way, seen)


def _nothing_saved(request: HttpRequest, replaces: Cluster | None, why: str) -> HttpResponse:
    messages.error(request, f"{why} Nothing was saved.")
    return redirect(reverse("cluster-connection", args=[replaces.pk]) if replaces else "connect")


def _save(request: HttpRequest, replaces: Cluster | None, name: str, way: Way, seen: Preview) -> HttpResponse:
    if replaces is None:
        cluster = Cluster(id=uuid.uuid4(), name=name)
        adopt(cluster, way, seen)
        return _store(request, cluster)
    before = replaces.credential_fingerprint
    adopt(replaces, way, seen)
    replaces.save(update_fields=ADOPTED)
    record(
        request, "cluster.reconnect", replaces.name, connection=way.connection, server=replaces.server,
        fingerprint=replaces.credential_fingerprint, fingerprint_before=before,
    )  # fmt: skip
    messages.success(request, f"{replaces.name} is read with the new connection from now on. Its history stays.")
    return redirect(request_scan(replaces, request.user))  # type: ignore[arg-type]


def _snapshot(request: HttpRequest, replaces: Cluster | None) -> HttpResponse:
    form = SnapshotForm(request.POST, request.FILES, prefix="snapshot", replaces=replaces)
    if not form.is_valid():
        return _page(request, replaces, snapshot_form=form)
    try:
        inventory = read_snapshot(io.BytesIO(form.cleaned_data["file"].read()), now=timezone.now())
    except SnapshotError as error:
        form.add_error("file", str(error))
        return _page(request, replaces, snapshot_form=form)
    # Only what the reader kept is stored: the file itself may hold values.
    cluster = replaces or Cluster(
        id=uuid.uuid4(), name=form.cleaned_data["name"], connection=Cluster.Connection.SNAPSHOT
    )
    cluster.snapshot = encode_snapshot(inventory)
    cluster.server = clean(inventory.cluster.server)[:LONGEST_SERVER]
    if replaces is None:
        return _store(request, cluster)
    cluster.save(update_fields=["snapshot", "server"])
    record(request, "cluster.reconnect", cluster.name, connection=cluster.connection, server=cluster.server)
    messages.success(request, f"{cluster.name} is read from the new snapshot. Its history stays.")
    return redirect(request_scan(cluster, request.user))  # type: ignore[arg-type]


def _store(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Save a new cluster, and ask for its first scan."""
    try:
        with transaction.atomic():
            cluster.save(force_insert=True)
    except IntegrityError:
        return _nothing_saved(request, None, f"There is a cluster named {cluster.name} already. Choose another name.")
    record(request, "cluster.connect", cluster.name, connection=cluster.connection, server=cluster.server)
    scan = request_scan(cluster, request.user)  # type: ignore[arg-type]
    cluster.next_scan_at = first_run(cluster, timezone.now())
    cluster.save(update_fields=["next_scan_at"])
    return redirect(scan)


Answer = Callable[[HttpRequest, Cluster | None], HttpResponse]

_LIVE_WAYS: Mapping[str, Answer] = {
    "kubeconfig": _kubeconfig,
    "token": _token,
    "context": _context,
    "in-cluster": _in_cluster,
    "save": _confirm,
}
_SNAPSHOT_WAYS: Mapping[str, Answer] = {"snapshot": _snapshot}
_WAYS = {**_LIVE_WAYS, **_SNAPSHOT_WAYS}
