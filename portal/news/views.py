"""The notices: their list, and a page each. Whoever may not see one does not learn of it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.scope import scope_of
from portal.news.forms import NoticeFilter
from portal.news.models import Dismissal, Notice
from portal.ui.lists import list_page

PAGE_SIZE = 10
ORDER = ("-is_pinned", "-publish_from", "-pk")


@login_not_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    visible = Notice.objects.visible_to(request.user, at=timezone.now())
    years = [start.year for start in visible.datetimes("publish_from", "year", order="DESC")]
    form = NoticeFilter(request.GET, years=years)
    found = form.apply(visible.defer("body"))
    page = list_page(
        request,
        found,
        title=gettext_lazy("News"),
        columns=[],
        order=ORDER,
        form=form,
        size=PAGE_SIZE,
    )
    return render(request, "news/list.html", {"page": page, "any": bool(years)})


@login_not_required
@require_safe
def notice(request: HttpRequest, slug: str) -> HttpResponse:
    visible = Notice.objects.visible_to(request.user, at=timezone.now())
    return render(request, "news/notice.html", {"notice": get_object_or_404(visible, slug=slug)})


@require_POST
def dismiss(request: HttpRequest, slug: str) -> HttpResponse:
    """Put the line about a notice on the overview away; the notice stays in its list."""
    visible = Notice.objects.visible_to(request.user, at=timezone.now())
    found = get_object_or_404(visible, slug=slug)
    Dismissal.objects.get_or_create(user=scope_of(request).user, notice=found)
    return redirect("ui:dashboard")
