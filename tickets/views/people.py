"""Who takes part in an order, as agents change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from tickets.forms.agents import EmailForm
from tickets.forms.clients import CopyForm
from tickets.models.tickets import ACT
from tickets.services import acts, clients
from tickets.services.answers import NotPossible
from tickets.views.desk import show, ticket_of
from tickets.views.walk import suffix_of


@staff_required(*ACT)
@require_POST
def add(request: HttpRequest, number: str) -> HttpResponse:
    """Somebody more reads and may answer."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = CopyForm(request.POST, auto_id="copy_%s")
    if not form.is_valid():
        return show(request, ticket, status=422, copy_form=form)
    values = form.cleaned_data
    clients.add_copy(
        ticket, values["email"], values["name"], by=user, author=user.name, at=timezone.now()
    )
    messages.success(request, _("From now on this person reads and may answer, too."))
    return redirect(ticket.desk_url + suffix_of(request))


@staff_required(*ACT)
@require_POST
def remove(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Who is in copy leaves; who asked stays."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    person = get_object_or_404(clients.copies(ticket), pk=pk)
    clients.remove_copy(person, by=user, at=timezone.now())
    messages.success(request, _("%(person)s takes part no more.") % {"person": person})
    return redirect(ticket.desk_url + suffix_of(request))


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Another address of who takes part: our mail came back, or there was none."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    person = get_object_or_404(ticket.participants.in_force(), pk=pk)
    back = ticket.desk_url + suffix_of(request)
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.set_email(ticket, person, form.cleaned_data["email"], by=user, at=timezone.now())
        except NotPossible as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(
                request, _("The address was changed, and our last words were mailed to it.")
            )
            return redirect(back)
    context = {"ticket": ticket, "person": person, "form": form, "back": back}
    status = 422 if form.errors else 200
    return render(request, "tickets/desk/email.html", context, status=status)
