"""Acts on several orders at once: the list selects them, one page asks, each gets its outcome."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.requests import keys_of
from tickets.forms import bulk as forms
from tickets.models import Entry, Ticket
from tickets.models.tickets import ACT
from tickets.services import bulk, canned, prose
from tickets.services.bulk import Outcome, Result
from tickets.services.thread import Said
from tickets.views.keys import form_key

RESULT = "ticket-bulk"  # in the session: what came of the last one


@dataclass(frozen=True, kw_only=True)
class BulkAct:
    """``effect`` says what will happen to each order. ``make`` gives the act of a valid form."""

    label: Any
    effect: Any
    form: type[forms.BulkForm]
    make: Callable[["Asked"], bulk.Act]
    danger: bool = False


@dataclass(frozen=True)
class Asked:
    """A form that was sent, by whom and when."""

    request: HttpRequest
    values: dict[str, Any]
    user: User
    at: datetime

    def said(self, kind: Entry.Kind) -> Callable[[Ticket], Said]:
        """What was written or chosen, as it stands in each order."""
        chosen, written = self.values.get("canned"), self.values["message"]
        html = chosen.html if chosen else ""

        def of(ticket: Ticket) -> Said:
            if html:
                page = prose.cleaned(canned.filled(html, ticket, self.user))
                text = prose.as_text(page)
            else:
                page, text = "", canned.filled_text(written, ticket, self.user).strip()
            return Said(
                kind=kind, text=text, html=page, author=self.user.name, user=self.user,
                source=Ticket.Source.WEB, key=form_key(self.request, f"bulk:{kind}:{ticket.pk}"),
            )  # fmt: skip

        return of


ACTS = {
    "assign": BulkAct(
        label=gettext_lazy("Assign"), form=forms.BulkAssignForm,
        effect=gettext_lazy("They are assigned to whom you choose, who is told by e-mail if they want to be."),
        make=lambda a: bulk.assign(a.values["agent"], by=a.user, at=a.at),
    ),
    "transfer": BulkAct(
        label=gettext_lazy("Transfer"), form=forms.BulkTransferForm,
        effect=gettext_lazy("They go to the queue of the other department, by its hours; nobody there has them yet."),
        make=lambda a: bulk.transfer(a.values["department"], a.values["note"], by=a.user, at=a.at),
    ),
    "priority": BulkAct(
        label=gettext_lazy("Set the priority"), form=forms.BulkPriorityForm,
        effect=gettext_lazy("Their promised times are reckoned anew. Clients do not see it."),
        make=lambda a: bulk.set_priority(a.values["priority"], by=a.user, at=a.at),
    ),
    "reply": BulkAct(
        label=gettext_lazy("Answer the clients"), form=forms.BulkAnswerForm,
        effect=gettext_lazy("Each client gets the answer by e-mail, in their own order."),
        make=lambda a: bulk.answer(
            a.said(Entry.Kind.AGENT), to=Ticket.Status(a.values["to"]), seen_at=a.values["seen"], at=a.at
        ),
    ),
    "note": BulkAct(
        label=gettext_lazy("Add a note"), form=forms.BulkNoteForm,
        effect=gettext_lazy("The note stands in each of them; no client sees it."),
        make=lambda a: bulk.note(a.said(Entry.Kind.NOTE), at=a.at),
    ),
    "close": BulkAct(
        label=gettext_lazy("Close the orders"), form=forms.BulkCloseForm,
        effect=gettext_lazy("They are closed. Who asked is told, with the reason, and is asked how it was."),
        make=lambda a: bulk.close(
            a.values["reason"], by=a.user, seen_at=a.values["seen"], at=a.at, request=a.request
        ),
    ),
    "spam": BulkAct(
        label=gettext_lazy("Mark as spam"), form=forms.SpamForm, danger=True,
        effect=gettext_lazy("They leave the queues, and nobody is told. It can be taken back for 30 days; then they are deleted."),
        make=lambda a: bulk.spam(by=a.user, seen_at=a.values["seen"], at=a.at, request=a.request),
    ),
    "merge": BulkAct(
        label=gettext_lazy("Merge"), form=forms.BulkMergeForm, danger=True,
        effect=gettext_lazy("Their messages, files and participants move into one of them, their numbers lead there. Who takes part is told by e-mail. This cannot be undone."),
        make=lambda a: bulk.merge(a.values["into"], by=a.user, at=a.at, request=a.request),
    ),
}  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest) -> HttpResponse:
    """GET asks, with what will happen to which orders; POST does it, and tells what came of each."""
    asked = request.POST if request.method == "POST" else request.GET
    user, now, name = scope_of(request).user, timezone.now(), asked.get("act", "")
    tickets, back = _selected(request, user, now), _back(asked.get("back", ""))
    if name not in ACTS or not tickets:
        messages.error(request, _("Select orders in the list, and what to do with them."))
        return redirect(back)
    chosen = ACTS[name]
    form = chosen.form(
        request.POST if request.method == "POST" else None, tickets=tickets, user=user
    )
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "tickets": tickets, "act": chosen, "name": name, "back": back}
        return render(
            request, "tickets/desk/queue_bulk.html", {**context, "query": asked.get("back", "")}
        )
    make = chosen.make(Asked(request, form.cleaned_data, user, now))
    rows = [t for t in tickets if t != form.cleaned_data.get("into")]
    outcomes = bulk.each(
        [ticket.pk for ticket in rows], make, by=user, at=now, beside=form.cleaned_data.get("into")
    )
    return _told(request, outcomes, back)


@staff_required(*ACT)
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """What came of each order of the last act."""
    result = request.session.get(RESULT)
    if not result:
        return redirect("tickets:queue")
    return render(request, "tickets/desk/queue_bulk_done.html", result)


def _told(request: HttpRequest, outcomes: list[Outcome], back: str) -> HttpResponse:
    """Back to the list where all went well; else to the page that names each order."""
    count = sum(outcome.result == Result.DONE for outcome in outcomes)
    if count == len(outcomes):
        text = ngettext("Done with %(n)s order.", "Done with %(n)s orders.", count)
        messages.success(request, text % {"n": count})
        return redirect(back)
    rows = [asdict(outcome) for outcome in outcomes]
    request.session[RESULT] = {"outcomes": rows, "done": count, "back": back}
    return redirect("tickets:bulk_done")


def _selected(request: HttpRequest, user: User, at: datetime) -> list[Ticket]:
    """The orders that were ticked and may be seen, the oldest first."""
    ticked = request.POST if request.method == "POST" else request.GET
    keys = keys_of(",".join(ticked.getlist("pk")), most=bulk.MOST)
    visible = Ticket.objects.visible_to(user, at=at).filter(pk__in=keys)
    return list(visible.select_related("department__desk").order_by("created_at", "pk"))


def _back(query: str) -> str:
    """The list as it was: only its filter is taken from the address, never a place."""
    return reverse("tickets:queue", query=QueryDict(query))
