"""The agents' queues: the list of orders, and the same as a file."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.permissions import may_work, staff_required
from portal.sheets.downloads import download
from portal.ui.lists import Column, Export, Figures, list_page
from tickets.forms.queue import QueueFilter
from tickets.models import SavedQueue, Ticket
from tickets.models.tickets import ACT, VIEW
from tickets.services import presence, queue_sheet, queues
from tickets.views.queue_bulk import ACTS

_SELECT = Column("select", gettext_lazy("Select"), spoken=True)
_PRIORITY = Column("priority", gettext_lazy("Priority"))
COLUMNS = [
    Column("number", gettext_lazy("Number"), ("number", "pk")),
    Column("subject", gettext_lazy("Subject")),
    Column("department", gettext_lazy("Department")),
    Column("status", gettext_lazy("Status")),
    _PRIORITY,
    Column("activity", gettext_lazy("Last activity"), ("last_activity", "pk")),
]
# An index has what is unfinished by priority, not all that ever was.
UNFINISHED_COLUMNS = [
    Column("priority", _PRIORITY.label, ("priority", "pk")) if column is _PRIORITY else column
    for column in COLUMNS
]
EXPORTS = [
    Export(gettext_lazy("List as CSV"), "tickets:queue_csv", "file-earmark-text"),
    Export(gettext_lazy("List as XLSX"), "tickets:queue_xlsx", "file-earmark-spreadsheet"),
]


@staff_required(VIEW)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user, now = scope_of(request).user, timezone.now()
    visible, agent = Ticket.objects.visible_to(user, at=now), queues.agent_of(user)
    form = QueueFilter(request.GET, agent=agent)
    counts, name = queues.counters(agent=agent, at=now), form.queue_name
    page = list_page(
        request, form.apply(visible, at=now).prefetch_related("department__desk", "assigned_to"),
        title=queues.LABELS[name], order=queues.order_of(name), form=form,
        columns=_columns(request, name),
        figures=_known(form, counts), exports=EXPORTS,
        parts=[] if form.has_changed() else queues.parts_of(name, agent),
    )  # fmt: skip
    here = presence.in_orders([row.pk for row in page.rows], user)
    for row in page.rows:
        row.here = here.get(row.pk, [])
    context = {
        "page": page, "current": name, "saved": SavedQueue.objects.for_agent(user), "now": now,
        "queues": [(key, label, counts.get(key)) for key, label in queues.LABELS.items()],
        "asked": _asked(request), "acts": ACTS.items(),
    }  # fmt: skip
    return render(request, "tickets/desk/queue.html", context)


def _columns(request: HttpRequest, name: str) -> list[Column]:
    columns = COLUMNS if name == queues.ALL else UNFINISHED_COLUMNS
    return [_SELECT, *columns] if may_work(request, *ACT) else columns


@staff_required(VIEW)
@require_safe
def queue_csv(request: HttpRequest) -> HttpResponseBase:
    return _sheet(request, "csv")


@staff_required(VIEW)
@require_safe
def queue_xlsx(request: HttpRequest) -> HttpResponseBase:
    return _sheet(request, "xlsx")


def _sheet(request: HttpRequest, extension: str) -> HttpResponseBase:
    """The list of the same address as a file; what is wrong with it is said on the list."""
    user, now = scope_of(request).user, timezone.now()
    form = QueueFilter(request.GET, agent=queues.agent_of(user))
    found = form.apply(Ticket.objects.visible_to(user, at=now), at=now)
    try:
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        queue_sheet.check_rows(found)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(reverse("tickets:queue", query=request.GET))
    columns = queue_sheet.columns_for(found, form.cleaned_data["topic"])
    rows = queue_sheet.rows_of(found, columns, queues.order_of(form.queue_name))
    if request.method == "GET":
        count, name = found.order_by().count(), form.queue_name
        queue_sheet.note_export(request, rows=count, queue=name, extension=extension)
    name = f"ordens-de-servico_{timezone.localdate():%Y-%m-%d}.{extension}"
    return download(columns, rows, name=name, title=_("Service orders"))


def _known(form: QueueFilter, counts: dict[str, int | None]) -> Figures | None:
    """How many the list has, where the counter of its queue has told that already."""
    if not form.is_valid() or form.changed_data or form.queue_name == queues.ALL:
        return None
    return Figures(counts[form.queue_name])


def _asked(request: HttpRequest) -> str:
    """The filter as it stands in the address, without page and sort: what is saved by a name."""
    values = request.GET.copy()
    values.pop("cursor", None)
    return values.urlencode()
