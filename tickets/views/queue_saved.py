"""Filters of the queue that agents save by a name."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.ui.lists import Column, chosen_in, list_page
from portal.ui.views import confirmed
from tickets.forms.queue import QueueFilter
from tickets.forms.saved_queues import SavedQueueForm
from tickets.models import SavedQueue
from tickets.models.tickets import VIEW
from tickets.services import queues, saved_queues

COLUMNS = [
    Column("name", gettext_lazy("Name"), ("name", "pk")),
    Column("shared", gettext_lazy("Shared with")),
    Column("owner", gettext_lazy("Saved by")),
    Column("actions", gettext_lazy("Actions"), spoken=True),
]


@staff_required(VIEW)
@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    found = SavedQueue.objects.for_agent(scope_of(request).user)
    page = list_page(
        request, found.select_related("department__desk", "user"), title=_("Saved queues"),
        columns=COLUMNS, order=("name", "pk"),
    )  # fmt: skip
    return render(request, "tickets/desk/queue_saved.html", {"page": page})


@staff_required(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest) -> HttpResponse:
    """Save the filter in the address by a name."""
    user = scope_of(request).user
    filtered = QueueFilter(request.GET, agent=queues.agent_of(user))
    if not filtered.is_valid():
        messages.error(request, _("Correct the filter before you save it."))
        return redirect(reverse("tickets:queue", query=request.GET))
    form = SavedQueueForm(request.POST or None, user=user)
    context = {
        "form": form, "name": queues.LABELS[filtered.queue_name], "chosen": chosen_in(filtered),
    }  # fmt: skip
    if request.method != "POST" or not form.is_valid():
        return render(request, "tickets/desk/queue_save.html", context)
    query = _kept(request.GET, filtered)
    try:
        saved_queues.save(user, query=query, **form.cleaned_data)
    except saved_queues.NameTaken:
        form.add_error("name", _("You have a queue with this name already."))
        return render(request, "tickets/desk/queue_save.html", context)
    messages.success(request, _("The queue was saved."))
    return redirect(reverse("tickets:queue", query=QueryDict(query)))


@staff_required(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    user = scope_of(request).user
    queue = _own(user, pk)
    initial = {"name": queue.name, "department": queue.department_id}
    form = SavedQueueForm(request.POST or None, user=user, initial=initial)
    context = {"form": form, "queue": queue}
    if request.method != "POST" or not form.is_valid():
        return render(request, "tickets/desk/queue_save.html", context)
    try:
        saved_queues.change(queue, **form.cleaned_data)
    except saved_queues.NameTaken:
        form.add_error("name", _("You have a queue with this name already."))
        return render(request, "tickets/desk/queue_save.html", context)
    messages.success(request, _("The queue was changed."))
    return redirect("tickets:saved_queues")


@staff_required(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    queue = _own(scope_of(request).user, pk)
    return confirmed(
        request, "tickets/desk/queue_delete.html", {"queue": queue}, queue.delete,
        to="tickets:saved_queues", done=_("The queue was deleted."),
    )  # fmt: skip


def _own(user: User, pk: int) -> SavedQueue:
    """Only who saved it changes it."""
    return get_object_or_404(SavedQueue.objects.filter(user=user), pk=pk)


def _kept(asked: QueryDict, filtered: QueueFilter) -> str:
    """What of the address is kept: the fields of the filter that are filled in, and the sort."""
    values = QueryDict(mutable=True)
    for name in (*filtered.fields, "sort"):
        if asked.get(name):
            values[name] = asked.get(name, "")
    return values.urlencode()
