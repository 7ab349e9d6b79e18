"""The ways to connect a cluster, or to replace how one is connected. A credential is taken in and never shown again."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from scanners.forms.fields import LONGEST_SERVER, Certificates, free_name, pasted, short_enough, text_of
from scanners.kube import pem
from scanners.kube.address import BadAddress, is_host, is_namespace, parse_server
from scanners.kube.credential import MAX_TOKEN_CHARACTERS, BadCredential, Credential, is_token
from scanners.kube.kubeconfig import MAX_BYTES, KubeconfigRefused, parse_kubeconfig
from scanners.kube.tls import BadCertificateAuthority, client_context
from scanners.models import Cluster


class NamedForm(forms.Form):
    """What every way asks of a new cluster; one that replaces the connection of `replaces` keeps its name."""

    name = forms.CharField(max_length=100, label="Name", help_text="How this cluster is called on every page.")

    def __init__(self, *args: Any, replaces: Cluster | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if replaces is not None:
            del self.fields["name"]

    def clean_name(self) -> str:
        return free_name(self.cleaned_data["name"])


class KubeconfigForm(NamedForm):
    """A kubeconfig, uploaded or pasted, of which one context is used."""

    file = forms.FileField(required=False, label="Kubeconfig file")
    text = forms.CharField(
        required=False,
        label="…or paste it",
        widget=pasted(),
        max_length=MAX_BYTES,
        help_text="It holds a credential, so it is not shown again after it was sent.",
    )
    context = forms.CharField(
        required=False,
        max_length=253,
        label="Context",
        help_text="Only needed when the file has several contexts and no current one.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        upload = data.get("file")
        text = text_of(upload, MAX_BYTES) if upload else data.get("text", "")
        if not text.strip():
            raise ValidationError("Choose a kubeconfig file, or paste its text.")
        try:
            data["credential"] = parse_kubeconfig(text, data.get("context") or None)
        except KubeconfigRefused as error:
            raise ValidationError(str(error)) from error
        short_enough(data["credential"].server)
        return data


class TokenForm(NamedForm):
    """An API server, its certificate authority and a bearer token, each by itself."""

    server = forms.CharField(
        max_length=LONGEST_SERVER,
        label="Server",
        widget=forms.TextInput(attrs={"placeholder": "https://cluster.example.org:6443", "inputmode": "url"}),
        help_text="As kubectl cluster-info prints it.",
    )
    token = forms.CharField(
        label="Bearer token",
        widget=pasted(rows=4),
        max_length=MAX_TOKEN_CHARACTERS,
        help_text="It is not shown again after it was sent.",
    )
    authority_file = forms.FileField(required=False, label="Certificate authority file")
    authority = forms.CharField(
        required=False,
        label="…or paste the certificate authority",
        widget=pasted(Certificates, rows=4),
        max_length=pem.MAX_PEM_BYTES,
        help_text=(
            "PEM, or the base64 of it that a kubeconfig holds. Leave both empty where the server's certificate is "
            "trusted publicly."
        ),
    )
    tls_server_name = forms.CharField(
        required=False,
        max_length=253,
        label="TLS server name",
        help_text="Only needed when the name in the server's certificate is not the one in its address.",
    )
    namespace = forms.CharField(
        required=False,
        max_length=63,
        label="Namespace",
        help_text="Only needed when the token may read one namespace and not list all of them.",
    )

    def clean_server(self) -> str:
        server: str = self.cleaned_data["server"].rstrip("/")
        try:
            parse_server(server)
        except BadAddress as error:
            raise ValidationError(f"The server address {error}") from error
        return server

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not is_token(token):
            raise ValidationError(
                "The token has spaces, line breaks or other characters that no token has; copy it again."
            )
        return token

    def clean_tls_server_name(self) -> str:
        name: str = self.cleaned_data["tls_server_name"]
        if name and not is_host(name):
            raise ValidationError("This is not a host name; leave it out, or give the certificate's name.")
        return name

    def clean_namespace(self) -> str:
        name: str = self.cleaned_data["namespace"]
        if name and not is_namespace(name):
            raise ValidationError("This is not a namespace's name; mend it or leave it out.")
        return name

    def clean_authority_file(self) -> bytes | None:
        upload = self.cleaned_data["authority_file"]
        return _authority(text_of(upload, pem.MAX_PEM_BYTES)) if upload else None

    def clean_authority(self) -> bytes | None:
        text: str = self.cleaned_data["authority"]
        return _authority(text) if text else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            data["credential"] = Credential(
                server=data["server"],
                ca_pem=data["authority_file"] or data["authority"],
                token=data["token"],
                tls_server_name=data["tls_server_name"] or None,
                namespace=data["namespace"] or None,
            )
        except BadCredential as error:
            raise ValidationError(str(error)) from error
        return data


def _authority(text: str) -> bytes:
    """The certificates in PEM, or in the base64 of it. Raises ValidationError."""
    content = text.encode()
    if b"-----BEGIN" not in content:
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            content = b""
    wanted = pem.select(content, pem.CERTIFICATE)
    if not wanted:
        raise ValidationError(
            "This holds no certificate in PEM form; give all lines from BEGIN CERTIFICATE to END CERTIFICATE."
        )
    try:
        client_context(wanted)
    except BadCertificateAuthority as error:
        raise ValidationError("The certificate is not readable; copy all of it again.") from error
    return wanted


class ContextForm(NamedForm):
    """A context of the kubeconfig of the machine that secretsui runs on."""

    context = forms.CharField(max_length=300, label="Context")


class InClusterForm(NamedForm):
    """The cluster that secretsui runs in: there is nothing to ask but its name."""


class SnapshotForm(NamedForm):
    """A snapshot file: what `secretsui collect` wrote, or `kubectl get … -o json`."""

    file = forms.FileField(
        label="Snapshot file",
        help_text="From secretsui collect, or kubectl get … -o json (or YAML). Values in it are dropped while reading.",
    )


class SaveForm(NamedForm):
    """The second step: what was previewed, sealed, and saved only now. `connection` tells by which way it came."""

    connection = forms.ChoiceField(
        choices=[(way.value, way.label) for way in (Cluster.Connection.KUBECONFIG, Cluster.Connection.TOKEN)]
    )
    sealed = forms.CharField(max_length=200_000)
