from __future__ import annotations

from django.urls import path

from secretsui.accounts.views.audit_log import audit_log
from secretsui.accounts.views.password import change_password, confirm_password
from secretsui.accounts.views.people import add_person, change_role, list_people, renew_password, set_active
from secretsui.accounts.views.sign_in import sign_in, sign_out

urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("account/password/", change_password, name="change-password"),
    path("account/confirm/", confirm_password, name="confirm-password"),
    path("settings/people/", list_people, name="people"),
    path("settings/people/add/", add_person, name="add-person"),
    path("settings/people/<int:person>/new-password/", renew_password, name="renew-password"),
    path("settings/people/<int:person>/role/", change_role, name="change-role"),
    path("settings/people/<int:person>/active/", set_active, name="set-active"),
    path("settings/log/", audit_log, name="audit-log"),
]
