from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from secretsui.accounts.models import User

PASSWORD_LIMIT = 1024


def password_field(label: str, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=PASSWORD_LIMIT, strip=False, widget=widget, **options)


class SignInForm(forms.Form):
    username = forms.CharField(
        label="Name",
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = password_field("Password", "current-password")


Refusal = Callable[[str], str | None]
"""Takes a password; None if it is the person's, else a sentence (`limits.refusal`)."""


class ConfirmForm(forms.Form):
    """The password once more."""

    password = password_field("Password", "current-password")

    def __init__(self, refusal: Refusal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusal = refusal

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if sentence := self.refusal(password):
            raise ValidationError(sentence)
        return password


class ChoosePasswordForm(forms.Form):
    """A new password, twice. The present one is asked for too, unless it is the one-time password just used."""

    present = password_field("Present password", "current-password")
    new = password_field(
        "New password", "new-password", help_text="At least 12 characters; a few unusual words do well."
    )
    again = password_field("New password again", "new-password")

    def __init__(self, user: User, refusal: Refusal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.refusal = refusal
        if user.must_change_password:
            del self.fields["present"]

    def clean_present(self) -> str:
        present: str = self.cleaned_data["present"]
        if sentence := self.refusal(present):
            raise ValidationError(sentence)
        return present

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.user)
        if self.user.check_password(new):
            raise ValidationError("Choose a password that differs from the present one.")
        return new

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "new" in values and "again" in values and values["new"] != values["again"]:
            self.add_error("again", "The two new passwords differ.")
        return values


class AddPersonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["username", "role"]
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"})}
        help_texts = {
            "username": "What they type to sign in: lower-case letters, digits and . _ @ + -",
            "role": "A viewer reads the clusters shared with them; an administrator can do everything.",
        }
        error_messages = {"username": {"unique": "There is a person of this name already."}}

    def clean_username(self) -> str:
        return User.normalize_username(self.cleaned_data["username"])


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=User.Role.choices)


class ActiveForm(forms.Form):
    active = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda value: value == "yes")
