"""What a view asks of the person, said above it. Sign-in itself needs no word: AccessMiddleware closes every route."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

View = Callable[..., HttpResponse]

CONFIRMED_AT = "confirmed_at"
CONFIRMED_SECONDS = 15 * 60
TIME_TO_FILL_A_FORM_SECONDS = 30 * 60
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def administrator_required(view: View) -> View:
    """Viewers get 403 with a sentence."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not getattr(request.user, "is_administrator", False):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def viewers_may_post(view: View) -> View:
    """For a view that changes only what is the person's own; every other POST by a viewer is refused."""
    return _marked(view, "viewers_may_post")


def without_sign_in(view: View) -> View:
    """Opens a view to everyone. There is hardly ever a reason."""
    return _marked(view, "without_sign_in")


def _marked(view: View, mark: str) -> View:
    """The view with a mark for AccessMiddleware; the function itself stays closed under any other route."""

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> HttpResponse:
        return view(*args, **kwargs)

    setattr(marked, mark, True)
    return marked


def confirmed_now(request: HttpRequest) -> None:
    """Notes that the person has just typed their password."""
    request.session[CONFIRMED_AT] = int(time.time())


def recently_confirmed(view: View) -> View:
    """Asks for the password again before credentials and people are changed, if it was last typed a while ago.

    Put it on the page with the form as well: the password is asked for before the form is filled in, and the
    sending of it has some more time, so that nothing typed is lost.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reading = request.method in SAFE_METHODS
        allowed = CONFIRMED_SECONDS if reading else CONFIRMED_SECONDS + TIME_TO_FILL_A_FORM_SECONDS
        if 0 <= time.time() - request.session.get(CONFIRMED_AT, 0) <= allowed:
            return view(request, *args, **kwargs)
        back = request.get_full_path()
        if not reading:
            back = request.headers.get("Referer", "")
            messages.warning(request, "Nothing was changed yet. Confirm that it is you, then do it once more.")
        target = f"{reverse('confirm-password')}?{urlencode({'next': back})}"
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Redirect": target})
        return redirect(target)

    return checked
