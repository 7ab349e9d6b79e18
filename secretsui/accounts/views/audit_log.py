from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from secretsui.accounts.decorators import administrator_required
from secretsui.accounts.models import AuditEvent

PAGE_SIZE = 100


@require_safe
@administrator_required
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who did what in this product, newest first, found by words of person, action or object."""
    events = AuditEvent.objects.all()
    query = request.GET.get("q", "").strip()
    for word in query.split()[:5]:
        events = events.filter(Q(user_name__icontains=word) | Q(action__icontains=word) | Q(object__icontains=word))
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/audit_log.html", {"page": page, "query": query})
