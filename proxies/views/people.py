"""“Usuários do escritório”: its administrators add, change and deactivate people."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.forms.team import TeamFilter
from portal.accounts.limits import limited, too_many
from portal.accounts.models import Company, Invitation, User
from portal.accounts.scope import scope_of
from portal.accounts.services import invitations, team
from portal.accounts.services.links import LinkOver
from portal.ui.lists import Column, list_page
from portal.ui.once import Done, once
from portal.ui.views import confirmed
from proxies.forms.people import InvitedForm, NewPersonForm, PersonForm, access_said
from proxies.services import people as service
from proxies.views.own import ADMINISTER, office_for

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
LIMIT = "team-invite"
COLUMNS = [
    Column("name", gettext_lazy("Name"), ("name", "pk")),
    Column("email", gettext_lazy("E-mail")),
    Column("level", gettext_lazy("Level of access")),
    Column("services", gettext_lazy("Services")),
    Column("status", gettext_lazy("Status")),
    Column("entry", gettext_lazy("Last entry")),
    Column("until", gettext_lazy("Until")),
]


@require_safe
def users(request: HttpRequest, office: int) -> HttpResponse:
    """Who has or had access to the office, and who was registered and has not come yet."""
    chosen, viewer, now = (
        office_for(request, office, ADMINISTER),
        scope_of(request).user,
        timezone.now(),
    )
    form = TeamFilter(request.GET)
    page = list_page(
        request, form.people(service.people_ever_at(chosen)), title=_("Users of the office"),
        columns=COLUMNS, order=("name", "pk"), form=form,
    )  # fmt: skip
    rows = service.people(chosen, page.rows, viewer=viewer, at=now)
    context = {
        "office": chosen, "page": replace(page, rows=rows),
        "invitations": invitations.standing(chosen, at=now),
    }  # fmt: skip
    return render(request, "proxies/people/list.html", context)


@get_or_post
@once
def user_new(request: HttpRequest, office: int) -> HttpResponse:
    """Register a person: the link leaves at once, unless they are to stay inactive for now."""
    chosen = office_for(request, office, ADMINISTER)
    form = NewPersonForm(chosen, _reach(request, chosen), request.POST or None)
    if request.method == "POST":
        if _too_often(request):
            return too_many(request, LIMIT)
        if form.is_valid() and _invited(request, chosen, form):
            said = (
                _("The person was registered, and the link is on its way to their e-mail.")
                if form.is_active
                else _("The person was registered as inactive: no link was sent.")
            )
            return Done(request, reverse("proxies:users", args=[chosen.pk]), said)
    return render(request, "proxies/people/new.html", {"office": chosen, "form": form})


def _invited(request: HttpRequest, office: Company, form: NewPersonForm) -> bool:
    """Register; False with the error in the form where that is not possible."""
    try:
        invitations.invite_member(
            office, name=form.cleaned_data["name"], email=form.cleaned_data["email"], cpf="",
            access=form.access(), held=not form.is_active, by=scope_of(request).user,
            at=timezone.now(), request=request,
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@get_or_post
def user(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """What a person may do here: changed, taken away (which asks first) or given anew."""
    chosen, found, person = _person_or_404(request, office, pk)
    may_change = found.managed and found.whole and not found.is_self and not found.blocked
    initial = _said(chosen, person, active=found.active)
    form = PersonForm(chosen, _reach(request, chosen), request.POST or None, initial=initial)
    if request.method == "POST" and may_change and form.is_valid():
        if not form.is_active:
            return redirect("proxies:user_deactivate", chosen.pk, pk)
        if _saved(request, chosen, person, form):
            return redirect("proxies:users", chosen.pk)
    context = {"office": chosen, "person": found, "form": form, "may_change": may_change}
    return render(request, "proxies/people/person.html", context)


def _saved(request: HttpRequest, office: Company, person: User, form: PersonForm) -> bool:
    by, now = scope_of(request).user, timezone.now()
    try:
        service.save_person(office, person, form.access(), by=by, at=now, request=request)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("What the person may do was saved."))
    return True


@get_or_post
def user_deactivate(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """GET asks, POST ends the person's access and sessions."""
    chosen, found, person = _person_or_404(request, office, pk)
    by, back = scope_of(request).user, reverse("proxies:user", args=[chosen.pk, pk])
    return confirmed(
        request, "proxies/people/deactivate.html",
        {"office": chosen, "person": found, "back": back},
        lambda: service.deactivate(chosen, person, by=by, at=timezone.now(), request=request),
        done=_("The person was deactivated and signed out."), refused=(ValidationError,),
        to=reverse("accounts:profile") if found.is_self else back,
    )  # fmt: skip


@get_or_post
def user_invited(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """Change what was registered of somebody who has not accepted yet; send, or hold back."""
    chosen, row = _invitation_or_404(request, office, pk)
    initial = {"name": row.name} | access_said(
        row.level, row.scopes, row.last_day, active=not row.held
    )
    form = InvitedForm(chosen, _reach(request, chosen), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if form.is_active and row.held and _too_often(request):
            return too_many(request, LIMIT)
        if _changed(request, row, form):
            return redirect("proxies:users", chosen.pk)
    context = {
        "office": chosen,
        "row": row,
        "form": form,
        "expired": row.has_expired(timezone.now()),
    }
    return render(request, "proxies/people/invited.html", context)


def _changed(request: HttpRequest, row: Invitation, form: InvitedForm) -> bool:
    by, now, was_held = scope_of(request).user, timezone.now(), row.held
    try:
        invitations.change_invitation(
            row, name=form.cleaned_data["name"], access=form.access(), by=by, at=now,
            request=request,
        )  # fmt: skip
        if form.is_active and was_held:
            invitations.invite_again(row, by=by, at=now, request=request)
        elif not form.is_active and not was_held:
            invitations.hold_back(row, by=by, at=now, request=request)
    except LinkOver:
        messages.error(request, _("This invitation was accepted or cancelled meanwhile."))
        return True
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("The registration was saved."))
    return True


@require_POST
@once
def user_send(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """Mail the link of somebody who has not accepted yet once more."""
    chosen, row = _invitation_or_404(request, office, pk)
    place = reverse("proxies:users", args=[chosen.pk])
    if _too_often(request):
        return too_many(request, LIMIT)
    try:
        by = scope_of(request).user
        invitations.invite_again(row, by=by, at=timezone.now(), request=request)
        return Done(request, place, _("The link is on its way to their e-mail."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except LinkOver:
        messages.error(request, _("This invitation was accepted or cancelled meanwhile."))
    return redirect(place)


@get_or_post
def user_remove(request: HttpRequest, office: int, pk: int) -> HttpResponse:
    """GET asks, POST takes back the registration of somebody who has not accepted yet."""
    chosen, row = _invitation_or_404(request, office, pk)
    by, back = scope_of(request).user, reverse("proxies:users", args=[chosen.pk])

    def remove() -> None:
        try:
            invitations.cancel(row, by=by, at=timezone.now(), request=request)
        except LinkOver:
            text = _("This invitation was accepted or cancelled meanwhile.")
            raise ValidationError(text) from None

    return confirmed(
        request, "proxies/people/remove.html", {"office": chosen, "row": row, "back": back}, remove,
        done=_("The registration was removed."), refused=(ValidationError,), to=back,
    )  # fmt: skip


def _too_often(request: HttpRequest) -> bool:
    return limited(request, LIMIT, f"user:{scope_of(request).user.pk}")


def _reach(request: HttpRequest, office: Company) -> team.Reach:
    return team.reach_of(scope_of(request).user, office, at=timezone.now())


def _invitation_or_404(request: HttpRequest, office: int, pk: int) -> tuple[Company, Invitation]:
    chosen = office_for(request, office, ADMINISTER)
    rows = chosen.invitations.standing().select_related("company", "created_by")
    return chosen, get_object_or_404(rows, pk=pk)


def _person_or_404(
    request: HttpRequest, office: int, pk: int
) -> tuple[Company, service.OfficePerson, User]:
    chosen = office_for(request, office, ADMINISTER)
    person = get_object_or_404(service.people_ever_at(chosen), pk=pk)
    viewer = scope_of(request).user
    found = service.people(chosen, [person], viewer=viewer, at=timezone.now())
    if not found:
        raise Http404
    return chosen, found[0], person


def _said(office: Company, person: User, *, active: bool) -> dict[str, Any]:
    """What the person has here, or had last, as the form says it."""
    grants = service.latest_grants(office, person, at=timezone.now())
    if not grants:
        return {}
    days = [grant.last_day for grant in grants]
    last = None if None in days or not active else max(day for day in days if day)
    return access_said(team.highest(grants), team.scopes_of(grants), last, active=active)
