"""Forms of the advisor: starting an assessment, one answer, the parameters of the manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from django import forms
from django.core.exceptions import ValidationError

from advisor.parameters import (
    NAMES,
    STORE_FIELDS,
    ParameterError,
    Scope,
    StoreKind,
    WorkloadKind,
    parse_parameters,
)
from advisor.questions import Question
from advisor.versions import KNOWN
from scanners.models import Cluster
from scanners.words import visible

NORMAL = 1
IMPORTANCE = ((0, "Does not matter"), (NORMAL, "Normal"), (2, "Matters a lot"))


class ScannedCluster(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Clusters by their names, with what is invisible in a name spelt out."""

    def label_from_instance(self, obj: Any) -> str:
        return visible(obj.name)


class StartForm(forms.Form):
    """A new assessment. Only clusters that the person may see can be chosen."""

    name = forms.CharField(
        max_length=100, label="Name", help_text="What the decision is for: a team, a cluster, a company."
    )
    cluster = ScannedCluster(
        queryset=Cluster.objects.none(),
        required=False,
        label="Begin with what a cluster shows",
        empty_label="No cluster: I answer everything myself",
        help_text="Its last scan answers some questions; you can overrule each.",
        error_messages={"invalid_choice": "There is no such cluster, or it is not shared with you. Choose another."},
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible_clusters = Cluster.objects.visible_to(user).filter(last_scan__isnull=False)
        field = self.fields["cluster"]
        assert isinstance(field, ScannedCluster)
        field.queryset = visible_clusters.select_related("last_scan").only(
            "name", "last_scan__advice_facts", "last_scan__collected_at"
        )


class QuestionForm(forms.Form):
    """An answer and how much it matters."""

    answer = forms.ChoiceField(error_messages={"required": "Choose an answer; I don't know is one."})
    importance = forms.TypedChoiceField(choices=IMPORTANCE, coerce=int, required=False, empty_value=str(NORMAL))

    def __init__(self, asked: Question, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answer = self.fields["answer"]
        assert isinstance(answer, forms.ChoiceField)
        answer.choices = [(option.value, option.label) for option in asked.options]


class _Field(NamedTuple):
    label: str
    hint: str = ""


_STORE_KINDS: dict[StoreKind, str] = {
    "vault": "HashiCorp Vault",
    "openbao": "OpenBao",
    "aws-secrets-manager": "AWS Secrets Manager",
    "aws-parameter-store": "AWS Parameter Store",
    "gcp-secret-manager": "Google Secret Manager",
    "azure-key-vault": "Azure Key Vault",
    "1password": "1Password",
    "fake": "Fake, for trying it out",
}

_STORE_WORDS: dict[str, _Field] = {
    "path": _Field("Secret's name or path in the store"),
    "region": _Field("Region"),
    "role-arn": _Field("ARN of the IAM role", "The role that the ServiceAccount takes on."),
    "project": _Field("Project"),
    "vault-url": _Field("Address of the Key Vault"),
    "tenant-id": _Field("Tenant id"),
    "client-id": _Field("Client id", "Of the application or managed identity."),
    "address": _Field("Address of the server"),
    "mount": _Field("Mount of the KV engine", "Version 2."),
    "auth-mount": _Field("Mount of the Kubernetes sign-in"),
    "role": _Field("Role of the Kubernetes sign-in"),
    "vault": _Field("1Password vault"),
}


class Group(NamedTuple):
    """Fields that stand together on the page; `store_kind` where they are shown for that store only."""

    title: str
    fields: list[forms.BoundField]
    store_kind: str = ""
    open: bool = True
    errors: bool = False


class ParametersForm(forms.Form):
    """Parameters as a person types them. An empty field leaves its default, which stands in it as an example.

    `mapping()` gives the parameters of the answers file; every field's own error is ParameterError's sentence.
    """

    namespace = forms.CharField(required=False, label="Namespace")
    secret = forms.CharField(required=False, label="Secret")
    keys = forms.CharField(
        required=False, label="Keys", widget=forms.Textarea(attrs={"rows": 3}), help_text="One in a line."
    )
    store_kind = forms.ChoiceField(choices=list(_STORE_KINDS.items()), label="Store")
    refresh = forms.CharField(required=False, label="Look for changes every", help_text="Such as 30m or 1h.")
    service_account = forms.CharField(
        required=False, label="ServiceAccount", help_text="The identity that reads the store, or the consumer's."
    )
    workload_kind = forms.ChoiceField(
        required=False, choices=[(kind, kind) for kind in get_args(WorkloadKind)], label="Kind of workload"
    )
    workload_name = forms.CharField(required=False, label="Workload")
    workload_container = forms.CharField(
        required=False, label="Container", help_text="In its pod template; empty: called like the workload."
    )
    scope = forms.ChoiceField(
        required=False,
        choices=[(scope, scope) for scope in get_args(Scope)],
        label="Scope (Sealed Secrets)",
        help_text="What a sealed value is bound to; strict binds it to its namespace and name.",
    )
    age_recipients = forms.CharField(
        required=False,
        label="age recipients (SOPS)",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Public keys that can decrypt, one in a line. Never a private key.",
    )

    def __init__(self, default_kind: StoreKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default_kind = default_kind
        self.fields["store_kind"].required = False
        defaults = parse_parameters({}, store_kind=default_kind)
        examples = {
            "namespace": defaults.namespace,
            "secret": defaults.secret,
            "keys": "\n".join(defaults.keys),
            "refresh": "1h",
            "service_account": defaults.service_account,
            "workload_name": defaults.workload.name,
        }
        for kind, fields in STORE_FIELDS.items():
            for name, field in fields.items():
                words = _STORE_WORDS[name]
                self.fields[f"{kind}.{name}"] = forms.CharField(required=False, label=words.label, help_text=words.hint)
                examples[f"{kind}.{name}"] = field.default(defaults.namespace, defaults.secret)
        for tool, known in KNOWN.items():
            newest = f"{known.default} (newest known)"
            self.fields[f"version.{tool}"] = forms.ChoiceField(
                required=False,
                label=known.title,
                choices=[("", newest), *((minor, minor) for minor in reversed(known.minors))],
            )
        for name, example in examples.items():
            self.fields[name].widget.attrs["placeholder"] = example
        for typed in self.fields.values():
            typed.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
            if isinstance(typed, forms.CharField):
                typed.strip = False  # a space is a mistake to be told of, not to be hidden

    def mapping(self) -> dict[str, Any]:
        """What was typed, as the parameters of an answers file; only what was given."""
        return _mapping(self.cleaned_data, self.default_kind)

    def clean(self) -> dict[str, Any]:
        """Each part alone, so that every mistake is told at once, and then the whole."""
        data = super().clean() or {}
        given = _mapping(data, self.default_kind)
        for field, part in _parts(given):
            self._check(field, part)
        if not self.errors:
            self._check(None, given)
        return data

    def _check(self, field: str | None, part: Mapping[str, Any]) -> None:
        try:
            parse_parameters(part, store_kind=self.default_kind)
        except ParameterError as error:
            self.add_error(field, ValidationError(str(error)))

    def groups(self) -> Iterator[Group]:
        """The fields as the page shows them."""
        yield self._group("The Secret", ["namespace", "secret", "keys"])
        yield self._group("Where its value lives", ["store_kind", "refresh"])
        for kind in STORE_FIELDS:
            yield self._group(_STORE_KINDS[kind], [f"{kind}.{name}" for name in STORE_FIELDS[kind]], kind)
        consumer = ["service_account", "workload_kind", "workload_name", "workload_container"]
        yield self._group("Who reads it", consumer)
        yield self._group("How it is encrypted", ["scope", "age_recipients"])
        yield self._group("Versions", [f"version.{tool}" for tool in KNOWN], open=False)

    def _group(self, title: str, names: list[str], store_kind: str = "", *, open: bool = True) -> Group:
        wrong = any(self.errors.get(name) for name in names)
        return Group(title, [self[name] for name in names], store_kind, open or wrong, wrong)


def initial_of(parameters: Mapping[str, Any], default_kind: StoreKind) -> dict[str, Any]:
    """The form's fields for stored parameters."""
    store, workload = parameters.get("store", {}), parameters.get("workload", {})
    kind = store.get("kind", default_kind)
    found: dict[str, Any] = {
        "namespace": parameters.get("namespace", ""),
        "secret": parameters.get("secret", ""),
        "keys": "\n".join(parameters.get("keys", [])),
        "store_kind": kind,
        "refresh": parameters.get("refresh", ""),
        "service_account": parameters.get("service-account", ""),
        "workload_kind": workload.get("kind", ""),
        "workload_name": workload.get("name", ""),
        "workload_container": workload.get("container", ""),
        "scope": parameters.get("scope", ""),
        "age_recipients": "\n".join(parameters.get("age-recipients", [])),
    }
    found |= {f"{kind}.{name}": value for name, value in store.items() if name != "kind"}
    return found | {f"version.{tool}": value for tool, value in parameters.get("versions", {}).items()}


def _mapping(data: Mapping[str, Any], default_kind: StoreKind) -> dict[str, Any]:
    kind = data.get("store_kind") or default_kind
    fields = {name: data[f"{kind}.{name}"] for name in STORE_FIELDS[kind] if data.get(f"{kind}.{name}")}
    store = {"kind": kind, **fields} if fields or kind != default_kind else {}
    default_workload = get_args(WorkloadKind)[0]
    workload = {
        name: value
        for name in ("kind", "name", "container")
        if (value := data.get(f"workload_{name}")) and (name, value) != ("kind", default_workload)
    }
    scope = data.get("scope")
    given = {
        "namespace": data.get("namespace"),
        "secret": data.get("secret"),
        "keys": _lines(data.get("keys")),
        "store": store,
        "service-account": data.get("service_account"),
        "workload": workload,
        "refresh": data.get("refresh"),
        "scope": scope if scope != get_args(Scope)[0] else "",
        "age-recipients": _lines(data.get("age_recipients")),
        "versions": {tool: version for tool in KNOWN if (version := data.get(f"version.{tool}"))},
    }
    return {name: given[name] for name in NAMES if given[name]}


def _lines(text: str | None) -> list[str]:
    return [line for line in (text or "").replace("\r\n", "\n").split("\n") if line.strip()]


def _parts(given: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every given parameter alone, with the form's field it was typed into."""
    for name, value in given.items():
        if name == "store":
            kind = {"kind": value["kind"]}
            for field, text in value.items():
                target = f"{value['kind']}.{field}" if field != "kind" else "store_kind"
                yield target, {"store": kind | {field: text}}
        elif name == "workload":
            kind = {"kind": value["kind"]} if "kind" in value else {}
            for field, text in value.items():
                yield f"workload_{field}", {"workload": kind | {field: text}}
        elif name == "versions":
            for tool, version in value.items():
                yield f"version.{tool}", {"versions": {tool: version}}
        else:
            yield name.replace("-", "_"), {name: value}
