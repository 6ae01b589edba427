"""What agents write about one order: answers, notes, drafts of them; and who else is there."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_POST, require_safe

from portal.accounts.scope import scope_of
from portal.files.services import FileGone
from portal.permissions import staff_required
from portal.requests import key_of
from portal.transitions import IllegalTransition
from tickets.forms.agents import AnswerForm, DraftForm, NoteForm
from tickets.models import Entry, Ticket
from tickets.models.tickets import ACT, VIEW
from tickets.services import answers, canned, drafts, presence, prose
from tickets.services.answers import CameMeanwhile
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.attached import files_are_gone, holder_of, keep_files
from tickets.views.desk import show, ticket_of
from tickets.views.keys import form_key, said_already
from tickets.views.walk import suffix_of, walk_of

AND_NEXT = "next"  # the button that sends and goes to the next order of the queue
REOPEN = "reopen"  # the button that opens a finished order again, and sends
INSERT = "insert"  # the button that puts a canned answer into the text
ANSWER, NOTE = "answer", "note"  # for which form files are kept


@staff_required(*ACT)
@require_POST
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """What came meanwhile is shown before the answer leaves; what was written stays."""
    ticket = _where_it_is(request, number)
    if INSERT in request.POST:
        return _with_canned(request, ticket)
    form = AnswerForm(request.POST, request.FILES, holder=holder_of(request, ANSWER))
    walk = walk_of(request, ticket)
    if form.is_valid():
        said = _said(request, ticket, Entry.Kind.AGENT, form.cleaned_data)
        if unsent := _unsent(request, ticket, said, form):
            return unsent
    elif not said_already(request, f"{Entry.Kind.AGENT}:{ticket.pk}"):
        keep_files(request, form, ANSWER)
        return show(request, ticket, status=422, answer_form=form)
    messages.success(
        request, _("The answer to O.S. %(number)s was sent.") % {"number": ticket.number}
    )
    return redirect(walk.next_url if AND_NEXT in request.POST else ticket.desk_url + walk.suffix)


def _unsent(
    request: HttpRequest, ticket: Ticket, said: Said, form: AnswerForm
) -> HttpResponse | None:
    """Send it; the page with all that was typed where it was not possible. An answer that was sent
    already is not sent again."""
    values = form.cleaned_data
    try:
        with suppress(AlreadySaid):
            answers.answer(
                ticket, said, by=scope_of(request).user, to=Ticket.Status(values["to"]),
                seen=values["seen"] or 0, reopen=REOPEN in request.POST, at=timezone.now(),
            )  # fmt: skip
    except CameMeanwhile as came:
        return _kept(request, ticket, said, new=came.entries)
    except IllegalTransition as refused:
        messages.error(request, _("Not sent, and kept here. %(why)s") % {"why": refused})
        return _kept(request, ticket, said)
    except FileGone:
        files_are_gone(form)
        keep_files(request, form, ANSWER, stored=said.files)
        return show(request, ticket, status=422, answer_form=form)
    return None


def _where_it_is(request: HttpRequest, number: str) -> Ticket:
    """The order; where it was merged meanwhile, the one into which it was."""
    ticket = ticket_of(request, number)
    return ticket_of(request, ticket.merged_into.number) if ticket.merged_into else ticket


def _kept(request: HttpRequest, ticket: Ticket, said: Said, *, new: Any = ()) -> HttpResponse:
    """The page with the answer as it was typed and its files; the text is kept as a draft, too. Sent
    once more, it is held against what is on this page."""
    typed, data = _typed(request), request.POST.copy()
    drafts.save(ticket, scope_of(request).user, typed, at=timezone.now())
    ticket = ticket_of(request, ticket.number)
    last = ticket.entries.order_by("-pk").values_list("pk", flat=True).first()
    data["seen"] = str(last or 0)
    form = AnswerForm(data, holder=holder_of(request, ANSWER))
    form.is_valid()
    keep_files(request, form, ANSWER, stored=said.files)
    return show(request, ticket, status=409, answer_form=form, new=new)


def _with_canned(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Without scripts: the page with the canned answer below what was typed."""
    asked, data = request.POST.get("canned", ""), request.POST.copy()
    found = canned.canned_for(ticket, scope_of(request).user)
    for reply in found:
        if str(reply["pk"]) == asked:
            html = (
                f"{data.get('html') or prose.as_html(str(data.get('message', '')))}{reply['html']}"
            )
            data["html"], data["message"] = html, prose.as_text(html)
    form = AnswerForm(initial=data.dict(), holder=holder_of(request, ANSWER))
    keep_files(request, form, ANSWER)
    return show(request, ticket, answer_form=form)


@staff_required(*ACT)
@require_POST
def note(request: HttpRequest, number: str) -> HttpResponse:
    ticket = _where_it_is(request, number)
    form = NoteForm(request.POST, request.FILES, holder=holder_of(request, NOTE))
    if not _is_noted(request, ticket, form):
        keep_files(request, form, NOTE)
        return show(request, ticket, status=422, note_form=form)
    messages.success(request, _("The note was added."))
    return redirect(ticket.desk_url + suffix_of(request))


def _is_noted(request: HttpRequest, ticket: Ticket, form: NoteForm) -> bool:
    """Add it, once; False for a form that is refused."""
    if not form.is_valid():
        return said_already(request, f"{Entry.Kind.NOTE}:{ticket.pk}") is not None
    said = _said(request, ticket, Entry.Kind.NOTE, form.cleaned_data)
    try:
        with suppress(AlreadySaid):
            answers.note(ticket, said, by=scope_of(request).user, at=timezone.now())
    except FileGone:
        files_are_gone(form)
        return False
    return True


@staff_required(*ACT)
@require_POST
def draft(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what stands in a form, from time to time while it is typed."""
    ticket, now = _where_it_is(request, number), timezone.now()
    is_kept = drafts.save(ticket, scope_of(request).user, _typed(request), at=now)
    said = _("Draft kept at %(time)s.") % {"time": f"{timezone.localtime(now):%H:%M:%S}"}
    return HttpResponse(conditional_escape(said) if is_kept else "")


@staff_required(VIEW)
@require_safe
@conditional_page
def here(request: HttpRequest, number: str) -> HttpResponse:
    """Who else has the order open, and how much is new; 304 while that is the same."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    seen = key_of(request.GET.get("seen", ""))
    presence.come(ticket, user)
    new = [] if seen is None else answers.came_after(ticket, seen, reader=user)
    context = {
        "ticket": ticket, "new_count": len(new), "suffix": suffix_of(request),
        "here": presence.others(ticket, user, at=timezone.now()),
    }  # fmt: skip
    return render(request, "tickets/desk/_here.html", context)


def _typed(request: HttpRequest) -> drafts.Typed:
    is_note = "note-message" in request.POST
    form = DraftForm(request.POST, prefix="note" if is_note else None)
    values = form.cleaned_data if form.is_valid() else {}
    return drafts.Typed(
        message=values.get("message", ""), html=values.get("html", ""),
        seen=values.get("seen") or 0, is_note=is_note,
    )  # fmt: skip


def _said(request: HttpRequest, ticket: Ticket, kind: Entry.Kind, values: dict[str, Any]) -> Said:
    user = scope_of(request).user
    text, html = prose.said_in(values["message"], values["html"])
    return Said(
        kind=kind, text=text, html=html, author=user.name, user=user, source=Ticket.Source.WEB,
        key=form_key(request, f"{kind}:{ticket.pk}"), files=store_all(values["attachments"]),
    )  # fmt: skip
