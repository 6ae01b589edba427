"""One's reminders, and the calendar that shows them."""

from datetime import date, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.decorators import personal
from portal.accounts.limits import limited, too_many
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.provider.services import current_provider
from portal.reminders.calendar import Event, calendar, uid
from portal.reminders.forms import ReminderFilter
from portal.reminders.models import Feed
from portal.reminders.registry import ExpiringItem, watches
from portal.reminders.services import feeds, listing
from portal.tokens import digest_of
from portal.ui.lists import Column, Figures, ListPage, page_shown
from portal.ui.views import confirmed

COLUMNS = [
    Column("item", gettext_lazy("What expires")),
    Column("when", gettext_lazy("When")),
    Column("act", gettext_lazy("Action"), spoken=True),
]
KEPT = ("cursor", "within", "kind")  # of the address, when a form of the list was sent


@require_safe
def reminder_list(request: HttpRequest) -> HttpResponse:
    """What ends soon, what was dismissed, and the calendar's address."""
    user, today = scope_of(request).user, timezone.localdate()
    context = {
        "page": _page(request, user, today),
        "watches": [watch for watch in watches().values() if watch.has_list_for(user)],
        "dismissed": listing.dismissed_reminders(user, on=today),
        "feed": None if _is_limited(user) else Feed.objects.filter(user=user).first(),
        "may_have_feed": not _is_limited(user),
    }
    return render(request, "reminders/list.html", context)


def _page(request: HttpRequest, user: User, today: date) -> ListPage:
    form = ReminderFilter(request.GET)
    selection, cursor = form.selection(), request.GET.get("cursor", "")
    found = listing.reminder_page(user, selection, on=today, cursor=cursor)
    if found.next or found.previous:
        figures = listing.count(user, selection, on=today)
    else:
        figures = Figures(len(found.rows))
    return page_shown(
        request, found, title=_("Reminders"), columns=COLUMNS, form=form, figures=figures
    )


@require_POST
def dismiss(request: HttpRequest) -> HttpResponse:
    """Say no more about this one."""
    user, watch, item = _item_of(request)
    listing.dismiss(user, watch, item, at=timezone.now())
    messages.success(
        request, _("You will not be reminded of “%(item)s” again.") % {"item": item.title}
    )
    return _back(request)


@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Remind of this one again."""
    user, watch, item = _item_of(request)
    listing.restore(user, watch, item)
    messages.success(request, _("You will be reminded of “%(item)s” again.") % {"item": item.title})
    return _back(request)


@never_cache
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def feed_new(request: HttpRequest) -> HttpResponse:
    """Ask, then make the calendar's address and show it this once."""
    user = scope_of(request).user
    context = {"feed": Feed.objects.filter(user=user).first(), "address": ""}
    if request.method == "POST":
        token = feeds.new_feed(user, at=timezone.now(), request=request)
        context["address"] = settings.BASE_URL + reverse("reminders:feed", args=[token])
    return render(request, "reminders/feed_new.html", context)


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def feed_end(request: HttpRequest) -> HttpResponse:
    """Ask, then close the calendar's address."""
    user = scope_of(request).user
    return confirmed(
        request, "reminders/feed_end.html", {"back": reverse("reminders:list")},
        lambda: feeds.end_feed(user, request=request),
        done=_("The calendar's address opens nothing any more."), to="reminders:list",
    )  # fmt: skip


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever knows its address: what expires, without any CPF."""
    if limited(request, "calendar", digest_of(token)):
        return too_many(request, "calendar")
    now = timezone.now()
    user = feeds.reader_of(token, at=now)
    if user is None:
        if limited(request, "calendar-guess"):
            return too_many(request, "calendar-guess")
        raise Http404
    with translation.override(settings.LANGUAGE_CODE):
        response = HttpResponse(_calendar(user, now), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="lembretes.ics"'
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Robots-Tag"] = "noindex"
    return response


def _calendar(user: User, now: datetime) -> bytes:
    today, provider = timezone.localdate(now), current_provider()
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    events = [
        Event(
            uid=uid(r.watch.name, r.item.key, r.item.version, host=host), day=r.item.expires_on,
            summary=(_("%(item)s expires") if r.item.is_end else _("Look at %(item)s"))
            % {"item": r.item.title},
            description="\n".join(filter(None, [r.item.detail, r.item.advice])),
            url=settings.BASE_URL + r.item.url, alarms=r.watch.thresholds,
        )
        for r in listing.for_calendar(user, on=today)
    ]  # fmt: skip
    name = _("Expiry dates – %(provider)s") % {"provider": provider.short_name}
    return calendar(events, name=name, product=provider.short_name, at=now)


def _item_of(request: HttpRequest) -> tuple[User, str, ExpiringItem]:
    """The item that the form names; 404 unless the person may see it."""
    user, watch = scope_of(request).user, request.POST.get("watch", "")
    key, version = request.POST.get("key", "")[:80], request.POST.get("version", "")[:80]
    item = listing.find(user, watch, key, version)
    if watch not in watches() or item is None:
        raise Http404
    return user, watch, item


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the list from which the form was sent."""
    kept = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    return redirect(reverse("reminders:list", query=kept or None))


def _is_limited(user: User) -> bool:
    opening = getattr(user, "opening", None)
    return opening is not None and opening.is_limited
