"""Forms of the acting pages: connecting a cluster, its settings, the rotation policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from scanners.checks import BY_ID
from scanners.collect.encryption import parse_encryption_config
from scanners.kube.kubeconfig import MAX_BYTES, KubeconfigRefused, parse_kubeconfig
from scanners.models import Cluster
from scanners.policy import (
    MAX_DAYS,
    Policy,
    PolicyError,
    RotationPolicy,
    RotationRule,
    parse_policy,
    policy_yaml,
)
from secretsui.accounts.models import User


def _free_name(value: str) -> str:
    name = value.strip()
    if Cluster.objects.filter(name=name).exists():
        raise ValidationError(f"There is a cluster named {name} already. Choose another name.")
    return name


def text_of(upload: UploadedFile[bytes], limit: int) -> str:
    """An uploaded text file. Raises ValidationError when it is larger than `limit` bytes or not UTF-8."""
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise ValidationError(f"The file is larger than {limit // 1024} KiB.")
    try:
        return bytes(content).decode()
    except UnicodeDecodeError as error:
        raise ValidationError("The file is not text in UTF-8.") from error


class Unshown(forms.Textarea):
    """A text area that the server never fills in: what is pasted there holds a credential."""

    def format_value(self, value: Any) -> None:
        return None


class KubeconfigForm(forms.Form):
    """A kubeconfig, uploaded or pasted, of which one context is used."""

    name = forms.CharField(max_length=100, label="Name", help_text="How this cluster is called on every page.")
    file = forms.FileField(required=False, label="Kubeconfig file")
    text = forms.CharField(
        required=False,
        label="…or paste it",
        widget=Unshown(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        max_length=MAX_BYTES,
        help_text="It holds a credential, so it is not shown again after it was sent.",
    )
    context = forms.CharField(
        required=False,
        max_length=253,
        label="Context",
        help_text="Only needed when the file has several contexts and no current one.",
    )

    def clean_name(self) -> str:
        return _free_name(self.cleaned_data["name"])

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
        return data


class ContextForm(forms.Form):
    """A context of the kubeconfig of the machine that secretsui runs on."""

    name = forms.CharField(max_length=100, label="Name")
    context = forms.CharField(max_length=300, label="Context")

    def clean_name(self) -> str:
        return _free_name(self.cleaned_data["name"])


class SnapshotForm(forms.Form):
    """A snapshot file: what `secretsui collect` wrote, or `kubectl get … -o json`."""

    name = forms.CharField(max_length=100, label="Name")
    file = forms.FileField(
        label="Snapshot file",
        help_text="From secretsui collect, or kubectl get … -o json (or YAML). Values in it are dropped while reading.",
    )

    def clean_name(self) -> str:
        return _free_name(self.cleaned_data["name"])


class SaveForm(forms.Form):
    """The second step: what was previewed, sealed, and saved only now."""

    name = forms.CharField(max_length=100)
    sealed = forms.CharField(max_length=200_000)

    def clean_name(self) -> str:
        return _free_name(self.cleaned_data["name"])


class ClusterForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Name and audience of a cluster."""

    class Meta:
        model = Cluster
        fields = ("name", "shared_with_everyone", "viewers")
        labels = {
            "shared_with_everyone": "Every signed-in person may see it",
            "viewers": "These people may see it",
        }
        widgets = {"viewers": forms.CheckboxSelectMultiple}
        help_texts = {"viewers": "Administrators see every cluster."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["viewers"].queryset = User.objects.filter(role=User.Role.VIEWER, is_active=True)  # type: ignore[attr-defined]


class EncryptionConfigurationForm(forms.Form):
    """An EncryptionConfiguration: providers and key names are kept, key material is dropped while reading."""

    file = forms.FileField(label="EncryptionConfiguration file")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("file"):
            try:
                data["entries"] = parse_encryption_config(text_of(data["file"], 256 * 1024))
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return data


class PolicyYamlForm(forms.Form):
    """A policy as YAML; empty for the default."""

    yaml = forms.CharField(
        required=False,
        label="Policy as YAML",
        max_length=64 * 1024,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
    )

    def clean_yaml(self) -> str:
        text: str = self.cleaned_data["yaml"]
        try:
            parse_policy(text, frozenset(BY_ID))
        except PolicyError as error:
            raise ValidationError(str(error)) from error
        return text


class RotationRuleForm(forms.Form):
    """One line of the rotation policy."""

    namespace = forms.CharField(required=False, max_length=253, label="Namespace", help_text="* matches any text")
    type = forms.CharField(required=False, max_length=253, label="Secret type", help_text="such as kubernetes.io/tls")
    days = forms.IntegerField(required=False, min_value=1, max_value=MAX_DAYS, label="Days")


RotationRules = forms.formset_factory(RotationRuleForm, extra=2, max_num=200, can_delete=True, can_order=False)


class RotationForm(forms.Form):
    """The default maximum age; the rules stand in `RotationRules`."""

    default_days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, label="A value may be at most this old, in days")


def rotation_initial(policy: Policy) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The policy as initial values of RotationForm and RotationRules."""
    rules = [{"namespace": rule.namespace, "type": rule.type, "days": rule.days} for rule in policy.rotation.rules]
    return {"default_days": policy.rotation.default_days}, rules


def policy_with_rotation(policy: Policy, default_days: int, lines: list[dict[str, Any]]) -> str:
    """The policy with another rotation part, as YAML; everything else in it stays."""
    rules = tuple(
        RotationRule(namespace=line.get("namespace") or "*", type=line.get("type") or "*", days=line["days"])
        for line in lines
        if line.get("days") and not line.get("DELETE")
    )
    return policy_yaml(
        Policy(
            rotation=RotationPolicy(default_days=default_days, rules=rules),
            administrators=policy.administrators,
            severity=policy.severity,
        )
    )
