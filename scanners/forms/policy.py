"""A policy as rows of a form, and as YAML. Both say what `scanners.policy` says of them: its sentences, its rules.

Rows are added, removed and moved by buttons that send the form and bring it back with all that was typed, so that it
works without scripts; what is wrong in a row is said at its field when the policy is saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from scanners.checks import BY_ID
from scanners.policy import (
    MAX_DAYS,
    EnvironmentRule,
    OwnerRule,
    Policy,
    PolicyError,
    RehearsalPair,
    RotationRule,
    parse_policy,
    policy_yaml,
)

MOST_ROWS = 50
"""Of each kind; with more, the fields of one form would be more than Django takes (1,000)."""

Rule = RotationRule | OwnerRule | EnvironmentRule | RehearsalPair


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


class DefaultDaysForm(forms.Form):
    """The maximum age where no rule says otherwise."""

    default_days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, label="A value may be at most this old, in days")


def _pattern(label: str, placeholder: str = "any", most: int = 253) -> forms.CharField:
    widget = forms.TextInput(attrs={"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(required=False, label=label, max_length=most, widget=widget)


class RuleForm(forms.Form):
    """One row, with fields as the rule has them; a row left empty is no rule. `demanded` must be filled in."""

    rule: ClassVar[type[Rule]]
    demanded: ClassVar[Mapping[str, str]]
    """Field → what to say where it is empty."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = {name: value for name, value in data.items() if value not in (None, "")}
        if self.errors or not given:
            return data
        for name, sentence in self.demanded.items():
            if name not in given:
                self.add_error(name, sentence)
        if not self.errors:
            data["rule"] = self.rule(**given)
            self._try(data["rule"])
        return data

    def _try(self, rule: Rule) -> None:
        """What the policy itself says of this one rule, at the field that it names."""
        try:
            parse_policy(policy_yaml(_with(Policy(), _TABLE_OF[self.rule], (rule,))))
        except PolicyError as error:
            named = re.match(r"[a-z.]+\[0\](?:\.(\w+))? (.+)", str(error), re.DOTALL)
            if named and named[1] in self.fields:
                self.add_error(named[1], f"{self.fields[named[1]].label} {named[2]}")
            else:
                self.add_error(None, f"This row {named[2]}" if named else str(error))


class RotationRuleForm(RuleForm):
    namespace = _pattern("Namespace")
    type = _pattern("Secret type")
    label = _pattern("Label", "KEY=VALUE", 380)
    days = forms.IntegerField(required=False, min_value=1, max_value=MAX_DAYS, label="Days")
    rule = RotationRule
    demanded = {"days": "Say how many days a value may be old."}


class OwnerRuleForm(RuleForm):
    namespace = _pattern("Namespace")
    label = _pattern("Label", "KEY=VALUE", 380)
    owner = _pattern("Team", "", 63)
    rule = OwnerRule
    demanded = {"owner": "Say which team answers for them."}


class EnvironmentRuleForm(RuleForm):
    cluster = _pattern("Cluster")
    namespace = _pattern("Namespace")
    label = _pattern("Label", "KEY=VALUE", 380)
    environment = _pattern("Environment", "", 63)
    rule = EnvironmentRule
    demanded = {"environment": "Say which environment they belong to."}


class RehearsalPairForm(RuleForm):
    production = _pattern("Production namespace", "")
    staging = _pattern("Rehearsed in namespace", "")
    staging_cluster = _pattern("Of the cluster", "the same", 100)
    rule = RehearsalPair
    demanded = {
        "production": "Name the namespace in which it is done.",
        "staging": "Name the namespace in which it is rehearsed.",
    }


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of rows: `name` prefixes its fields, `add` is on its button; `ordered` where the first match decides."""

    name: str
    title: str
    add: str
    hint: str
    form: type[RuleForm]
    ordered: bool = True

    @property
    def columns(self) -> list[tuple[str, str]]:
        return [(name, str(field.label)) for name, field in self.form.base_fields.items()]


TABLES = (
    Table(
        "rules",
        "Maximum ages",
        "Add a maximum age",
        "The first row that matches decides, else the days above.",
        RotationRuleForm,
    ),
    Table("owners", "Teams", "Add a team", "Who answers for what; the first row that matches decides.", OwnerRuleForm),
    Table(
        "environments",
        "Environments",
        "Add an environment",
        "What is production and what is not; the first row that matches decides, and nothing is guessed from names.",
        EnvironmentRuleForm,
    ),
    Table(
        "rehearsals",
        "Rehearsals",
        "Add a rehearsal",
        "A rotation is rehearsed in one namespace before it is done in the other. One * in both stands for the same "
        "text: *-prod is rehearsed in *-staging.",
        RehearsalPairForm,
        ordered=False,
    ),
)
_TABLE_OF = {table.form.rule: table.name for table in TABLES}


def rules_of(policy: Policy, table: str) -> tuple[Rule, ...]:
    """The rules that a table shows."""
    found: tuple[Rule, ...] = policy.rotation.rules if table == "rules" else getattr(policy, table)
    return found


def _with(policy: Policy, table: str, rules: tuple[Rule, ...]) -> Policy:
    if table == "rules":
        return msgspec.structs.replace(policy, rotation=msgspec.structs.replace(policy.rotation, rules=rules))
    return msgspec.structs.replace(policy, **{table: rules})


def fits_form(policy: Policy) -> bool:
    """Whether the policy has few enough rules to be shown as rows."""
    return all(len(rules_of(policy, table.name)) <= MOST_ROWS for table in TABLES)


@dataclass
class PolicyForm:
    """The rows of a policy: those of `policy`, or those that were sent (`data`) after what was asked of them was done.

    `data["do"]` is "" to save, `look`, or `add`, `remove` or `earlier` with a table and the number of a row:
    `remove:owners:2`.
    """

    policy: Policy
    data: QueryDict | None = None
    focus: str = ""
    """The table whose last row was just added, and wants to be typed into."""
    _moved: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        action, _, rest = self._sent("do").partition(":")
        self.saving = self.data is not None and not action
        if self.data is None or self.saving:
            return
        for table in TABLES:
            self._moved[table.name] = _typed(self.data, table)
        name, _, number = rest.partition(":")
        if name in self._moved:
            self._do(action, name, int(number) if number.isdecimal() and len(number) < 5 else -1)

    def _do(self, action: str, name: str, number: int) -> None:
        rows = self._moved[name]
        if action == "add" and len(rows) < MOST_ROWS:
            rows.append({})
            self.focus = name
        elif action == "remove" and 0 <= number < len(rows):
            del rows[number]
        elif action == "earlier" and 1 <= number < len(rows):
            rows[number - 1 : number + 1] = [rows[number], rows[number - 1]]

    @cached_property
    def days(self) -> DefaultDaysForm:
        if self.saving:
            return DefaultDaysForm(self.data)
        typed = self._sent("default_days")
        return DefaultDaysForm(initial={"default_days": typed or self.policy.rotation.default_days})

    def _sent(self, name: str) -> str:
        return self.data.get(name, "") if self.data is not None else ""

    @cached_property
    def tables(self) -> list[tuple[Table, Any]]:
        """Each table with its formset."""
        return [(table, self._formset(table)) for table in TABLES]

    def _formset(self, table: Table) -> Any:
        rows = self._moved.get(table.name)
        if rows is None:
            rows = [msgspec.to_builtins(rule) for rule in rules_of(self.policy, table.name)]
        make = forms.formset_factory(
            table.form, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True, can_delete=False
        )
        return make(self.data if self.saving else None, initial=rows, prefix=table.name)

    def is_valid(self) -> bool:
        return all([self.days.is_valid(), *(formset.is_valid() for _, formset in self.tables)])

    def changed(self) -> Policy:
        """The policy with what was sent; what is not in the form stays. Only where `is_valid`."""
        rotation = msgspec.structs.replace(self.policy.rotation, default_days=self.days.cleaned_data["default_days"])
        policy = msgspec.structs.replace(self.policy, rotation=rotation)
        for table, formset in self.tables:
            rules = (form.cleaned_data.get("rule") for form in formset)
            policy = _with(policy, table.name, tuple(rule for rule in rules if rule is not None))
        return policy

    def rules(self) -> Iterator[tuple[Table, list[Rule | None]]]:
        """What each row means now, None where it is empty or not yet right: for showing what it matches."""
        for table, formset in self.tables:
            yield table, [_rule(table, form) for form in formset]


def _typed(data: QueryDict, table: Table) -> list[dict[str, str]]:
    """The rows as they were sent, unjudged."""
    count = data.get(f"{table.name}-TOTAL_FORMS", "0")
    total = min(int(count), MOST_ROWS) if count.isdecimal() and len(count) < 5 else 0
    names = table.form.base_fields
    return [{name: data.get(f"{table.name}-{number}-{name}", "") for name in names} for number in range(total)]


def _rule(table: Table, form: RuleForm) -> Rule | None:
    judged = form
    if not form.is_bound:
        judged = table.form({name: value for name, value in (form.initial or {}).items() if value is not None})
    return judged.cleaned_data.get("rule") if judged.is_valid() else None
