"""A company administrator and the company's people."""

from dataclasses import replace
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.accounts.forms.team import SOME, AccessForm, InviteForm, TeamFilter
from portal.accounts.limits import limited, too_many
from portal.accounts.models import Company, Invitation, User
from portal.accounts.scope import scope_of
from portal.accounts.services import invitations
from portal.accounts.services import team as service
from portal.accounts.services.links import LinkOver
from portal.ui.lists import Column, list_page
from portal.ui.once import Done, once
from portal.ui.views import confirmed

COLUMNS = [
    Column("name", gettext_lazy("Name"), ("name", "pk")),
    Column("email", gettext_lazy("E-mail")),
    Column("level", gettext_lazy("Level of access")),
    Column("units", gettext_lazy("Units")),
    Column("services", gettext_lazy("Services")),
    Column("status", gettext_lazy("Status")),
]
WITHDRAWN_SHOWN = timedelta(days=30)


def team_home(request: HttpRequest) -> HttpResponse:
    """To the company at hand: the one chosen in the top bar, if it is administered, else the first."""
    administered = Company.objects.administered_by(scope_of(request).user)
    chosen = scope_of(request).chosen.company
    company = administered.filter(pk=chosen.pk).first() if chosen else None
    company = company or administered.first()
    if company is None:
        raise PermissionDenied
    return redirect("accounts:team_of", company=company.pk)


def team(request: HttpRequest, company: int) -> HttpResponse:
    """The people of one company, and whom it has invited."""
    user = scope_of(request).user
    companies = Company.objects.administered_by(user)
    chosen = get_object_or_404(companies, pk=company)
    now = timezone.now()
    form = TeamFilter(request.GET)
    page = list_page(
        request, form.people(service.people_at(chosen, at=now)), title=_("Company's users"),
        columns=COLUMNS, order=("name", "pk"), form=form,
    )  # fmt: skip
    found = service.members(chosen, [person.pk for person in page.rows], viewer=user, at=now)
    context = {
        "company": chosen, "companies": companies, "invitations": invitations.standing(chosen, at=now),
        "withdrawn": chosen.invitations.withdrawn_by_staff(now - WITHDRAWN_SHOWN),
        "page": replace(page, rows=[found[p.pk] for p in page.rows if p.pk in found]),
    }  # fmt: skip
    return render(request, "accounts/team.html", context)


@once
def team_invite(request: HttpRequest, company: int) -> HttpResponse:
    """Invite a person to the company."""
    user = scope_of(request).user
    chosen = get_object_or_404(Company.objects.administered_by(user), pk=company)
    reach = service.reach_of(user, chosen, at=timezone.now())
    form = InviteForm(chosen, reach, request.POST or None)
    if request.method == "POST":
        if limited(request, "team-invite", f"user:{user.pk}"):
            return too_many(request, "team-invite")
        if form.is_valid() and _invited(request, chosen, form):
            return _sent(request, chosen)
    return render(request, "accounts/team_invite.html", {"company": chosen, "form": form})


def _invited(request: HttpRequest, company: Company, form: InviteForm) -> bool:
    """Invite; False with the error in the form where that is not possible."""
    values = {name: form.cleaned_data[name] for name in ("name", "email", "cpf")}
    try:
        invitations.invite_member(
            company,
            **values,
            access=form.access(),
            by=scope_of(request).user,
            at=timezone.now(),
            request=request,
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def team_member(request: HttpRequest, company: int, pk: int) -> HttpResponse:
    """Change what a person may do."""
    chosen, member, person = _member_or_404(request, company, pk)
    user, now = scope_of(request).user, timezone.now()
    reach = service.reach_of(user, chosen, at=now)
    form = AccessForm(chosen, reach, request.POST or None, initial=_access_of(chosen, person))
    if request.method == "POST" and member.managed and form.is_valid():
        try:
            service.change_access(chosen, person, form.access(), by=user, at=now, request=request)
            messages.success(request, _("The access was changed."))
            return redirect("accounts:team_of", company=chosen.pk)
        except ValidationError as error:
            form.add_error("level", error)
    context = {"company": chosen, "member": member, "form": form}
    return render(request, "accounts/team_member.html", context)


def team_end(request: HttpRequest, company: int, pk: int) -> HttpResponse:
    """GET asks, POST ends the person's access."""
    chosen, member, person = _member_or_404(request, company, pk)
    by, back = scope_of(request).user, reverse("accounts:team_member", args=[company, pk])
    return confirmed(
        request, "accounts/team_end.html", {"company": chosen, "member": member, "back": back},
        lambda: service.end_access(chosen, person, by=by, at=timezone.now(), request=request),
        done=_("The access was ended."), refused=(service.LastAdministrator,),
        to="accounts:profile" if member.is_self else reverse("accounts:team_of", args=[company]),
    )  # fmt: skip


@require_POST
@once
def team_invite_again(request: HttpRequest, company: int, pk: int) -> HttpResponse:
    """Mail an invitation once more."""
    row, user = _invitation_or_404(request, company, pk), scope_of(request).user
    if limited(request, "team-invite", f"user:{user.pk}"):
        return too_many(request, "team-invite")
    try:
        invitations.invite_again(row, by=user, at=timezone.now(), request=request)
        return _sent(request, row.company)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except LinkOver:
        messages.error(request, _("This invitation was accepted or cancelled meanwhile."))
    return redirect("accounts:team_of", company=row.company_id)


def _sent(request: HttpRequest, company: Company) -> HttpResponse:
    place = reverse("accounts:team_of", args=[company.pk])
    return Done(request, place, _("The invitation was sent."))


@require_POST
def team_invite_cancel(request: HttpRequest, company: int, pk: int) -> HttpResponse:
    """The link of an invitation stops opening."""
    row, user = _invitation_or_404(request, company, pk), scope_of(request).user
    try:
        invitations.cancel(row, by=user, at=timezone.now(), request=request)
        messages.success(request, _("The invitation was cancelled."))
    except LinkOver:
        messages.error(request, _("This invitation was accepted or cancelled meanwhile."))
    return redirect("accounts:team_of", company=row.company_id)


def _invitation_or_404(request: HttpRequest, company: int, pk: int) -> Invitation:
    administered = Company.objects.administered_by(scope_of(request).user)
    chosen = get_object_or_404(administered, pk=company)
    return get_object_or_404(chosen.invitations.select_related("company"), pk=pk)


def _member_or_404(
    request: HttpRequest, company: int, pk: int
) -> tuple[Company, service.Member, User]:
    user = scope_of(request).user
    chosen = get_object_or_404(Company.objects.administered_by(user), pk=company)
    person = get_object_or_404(User, pk=pk)
    member = service.member(chosen, person.pk, viewer=user, at=timezone.now())
    if member is None:
        raise Http404
    return chosen, member, person


def _access_of(company: Company, person: User) -> dict[str, object]:
    """What the person was given here, as the form says it."""
    grants = list(service.managed_grants(company, person, at=timezone.now()))
    if not grants:
        return {}
    days = [grant.last_day for grant in grants]
    initial: dict[str, object] = {
        "level": service.highest(grants), "services": service.scopes_of(grants),
        "last_day": None if None in days else max(day for day in days if day),
    }  # fmt: skip
    if not any(grant.company_id for grant in grants):
        initial |= {"reach": SOME, "units": [grant.unit for grant in grants]}
    return initial
