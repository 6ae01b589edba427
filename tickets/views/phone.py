"""Orders that agents register for who calls."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.scope import scope_of
from portal.files.services import FileGone
from portal.permissions import staff_required
from tickets.forms.phone import PhoneForm
from tickets.models import Entry, Ticket
from tickets.models.tickets import ACT
from tickets.services import opening, prose
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.attached import files_are_gone, holder_of, keep_files
from tickets.views.keys import form_key, said_already

REGISTERED = "registered_order"  # of the session: the key of the one registered last


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Registers it, and then shows the number that the caller is told."""
    user = scope_of(request).user
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PhoneForm(
        data, files, user=user, initial={"topic": request.GET.get("topic", "")},
        holder=holder_of(request, "phone"),
    )  # fmt: skip
    if data is None:
        return render(request, "tickets/desk/new.html", {"form": form})
    ticket = _registered(request, form)
    if ticket is None:
        keep_files(request, form, "phone")
        status = 422 if form.errors else 200
        return render(request, "tickets/desk/new.html", {"form": form}, status=status)
    request.session[REGISTERED] = ticket.pk
    return redirect("tickets:desk_registered")


def _registered(request: HttpRequest, form: PhoneForm) -> Ticket | None:
    """The order that came of the form, now or when it was sent before; None for one that is refused."""
    if not form.is_valid():
        sent = said_already(request, "phone")
        return sent.ticket if sent else None
    try:
        return opening.open_ticket(_of_form(request, form), at=timezone.now())
    except AlreadySaid as already:
        return already.entry.ticket
    except FileGone:
        files_are_gone(form)
        return None


@staff_required(*ACT)
@require_safe
def registered(request: HttpRequest) -> HttpResponse:
    """The number in large type, to be told to the caller or printed."""
    registered_by = Ticket.objects.filter(opened_by=scope_of(request).user)
    ticket = registered_by.filter(pk=request.session.get(REGISTERED, 0)).first()
    if ticket is None:
        return redirect("tickets:desk_new")
    visible = Ticket.objects.visible_to(request.user, at=timezone.now())
    context = {"ticket": ticket, "is_visible": visible.filter(pk=ticket.pk).exists()}
    return render(request, "tickets/desk/registered.html", context)


def _of_form(request: HttpRequest, form: PhoneForm) -> opening.NewTicket:
    values, user = form.cleaned_data, scope_of(request).user
    text, html = prose.said_in(values["message"], values["html"])
    said = Said(
        kind=Entry.Kind.CLIENT, text=text, html=html, author=values["name"], source=Ticket.Source.PHONE,
        key=form_key(request, "phone"), files=store_all(values["attachments"]),
    )  # fmt: skip
    person = opening.Person(
        name=values["name"], email=values["email"], phone=values["phone"],
        phone_extension=values["phone_extension"], user=values["person"],
    )  # fmt: skip
    return opening.NewTicket(
        source=Ticket.Source.PHONE, department=values["department"], topic=values["topic"],
        subject=values["subject"], person=person, said=said, values=form.values(),
        priority=values["priority"], opened_by=user,
    )  # fmt: skip
