"""The canned answers of an agent, their departments, and all."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed
from tickets.forms.canned import CannedForm
from tickets.models import CannedReply
from tickets.models.queues import CannedReplyQuerySet
from tickets.models.tickets import ACT, VIEW, may_see_all
from tickets.services import canned

COLUMNS = [
    Column("title", gettext_lazy("Title"), ("title", "pk")),
    Column("whose", gettext_lazy("Who uses it")),
    Column("text", gettext_lazy("Text")),
    Column("state", gettext_lazy("Status")),
]


@staff_required(VIEW)
@require_safe
def replies(request: HttpRequest) -> HttpResponse:
    user = scope_of(request).user
    found = CannedReply.objects.for_agent(user)
    if may_see_all(user):
        found = found | CannedReply.objects.filter(user=None)
    page = list_page(
        request, found.select_related("department__desk"), title=_("Canned answers"),
        columns=COLUMNS, order=("title", "pk"),
    )  # fmt: skip
    keys = set(_changeable(user).values_list("pk", flat=True))
    return render(request, "tickets/desk/canned.html", {"page": page, "changeable": keys})


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(_changeable(scope_of(request).user), pk=pk))


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    reply = get_object_or_404(_changeable(scope_of(request).user), pk=pk)
    return confirmed(
        request, "tickets/desk/canned_delete.html", {"reply": reply}, reply.delete,
        to="tickets:canned", done=_("The canned answer was deleted."),
    )  # fmt: skip


def _form(request: HttpRequest, reply: CannedReply | None) -> HttpResponse:
    """Fill it in, look at an example, save it."""
    form = CannedForm(request.POST or None, user=scope_of(request).user, reply=reply)
    context = {"form": form, "reply": reply}
    if request.method != "POST" or not form.is_valid():
        return render(request, "tickets/desk/canned_form.html", context)
    if "preview" in request.POST:
        return render(
            request, "tickets/desk/canned_form.html", {**context, "example": form.example()}
        )
    try:
        canned.save(reply, form.values())
    except canned.TitleTaken:
        form.add_error("title", _("There is one with this title already."))
        return render(request, "tickets/desk/canned_form.html", context)
    messages.success(request, _("The canned answer was saved."))
    return redirect("tickets:canned")


def _changeable(user: User) -> CannedReplyQuerySet:
    return CannedReply.objects.changed_by(user, all_departments=may_see_all(user))
