"""Every route. /healthz and /readyz are answered earlier, by secretsui.health; /static/ by WhiteNoise."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("secretsui.accounts.urls")),
    path("", include("scanners.urls")),
    path("", include("advisor.urls")),
]

handler400 = "secretsui.errors.bad_request"
handler403 = "secretsui.errors.forbidden"
