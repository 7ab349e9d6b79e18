"""Settings of one cluster: name and audience, schedule, and the files that no API shows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from scanners.collect.audit_policy import parse_audit_policy
from scanners.collect.encryption import configuration_hash, parse_encryption_config
from scanners.forms.fields import text_of
from scanners.models import Cluster
from scanners.schedule import INTERVALS, UNCHANGING
from secretsui.accounts.models import User

MAX_FILE_BYTES = 256 * 1024


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
        error_messages = {"name": {"unique": "There is a cluster of this name already. Choose another name."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        viewers = User.objects.filter(role=User.Role.VIEWER, is_active=True)
        if viewers.exists():
            self.fields["viewers"].queryset = viewers  # type: ignore[attr-defined]
        else:
            del self.fields["viewers"]


class ScheduleForm(forms.Form):
    """How often a cluster is scanned without being asked; `hours` is None for never."""

    hours = forms.TypedChoiceField(
        required=False,
        label="Scan it by itself",
        coerce=int,
        empty_value=None,
        choices=[*((str(hours), words) for hours, words in INTERVALS.items()), ("", "never")],
        help_text="Up to a tenth earlier or later, so that many clusters are not all scanned at the same time.",
    )


class SeveralClustersForm(forms.Form):
    """Clusters chosen in a list, of those that a scan can tell something new of."""

    clusters = forms.ModelMultipleChoiceField(Cluster.objects.none())

    def __init__(self, *args: Any, clusters: QuerySet[Cluster], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = clusters.exclude(connection__in=UNCHANGING).only("name", "connection")
        self.fields["clusters"].queryset = live  # type: ignore[attr-defined]


class EncryptionConfigurationForm(forms.Form):
    """An EncryptionConfiguration: providers and key names are kept, key material is dropped while reading."""

    file = forms.FileField(label="EncryptionConfiguration file")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("file"):
            try:
                text = text_of(data["file"], MAX_FILE_BYTES)
                data["entries"], data["hash"] = parse_encryption_config(text), configuration_hash(text)
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return data


class AuditPolicyForm(forms.Form):
    """An audit policy, as the API server's flag --audit-policy-file names it."""

    file = forms.FileField(label="Audit policy file")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("file"):
            try:
                data["policy"] = parse_audit_policy(text_of(data["file"], MAX_FILE_BYTES))
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return data
