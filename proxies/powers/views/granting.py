"""A company grants a power: the form, the draft with its whole text, and the confirmation."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.step_up import require_step_up
from portal.transitions import IllegalTransition
from portal.ui.once import Done, once
from portal.ui.views import confirmed
from proxies.powers.forms.acts import ConfirmForm, SignForm
from proxies.powers.forms.grant import GrantForm
from proxies.powers.models import Power, company_session_of
from proxies.powers.services import drafting, granting
from proxies.powers.services.refusals import CannotGrant
from proxies.powers.services.terms import Terms
from proxies.powers.services.text import text_of
from proxies.powers.views.own import granted_for, power_for

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
LIMIT = "power-grant"


@login_not_required
@get_or_post
@once
def grant(request: HttpRequest) -> HttpResponse:
    """The form; to whoever may not grant, how it is done and the way in."""
    user = request.user
    if not user.is_authenticated or not drafting.may_grant(user, at=timezone.now()):
        cnpj = company_session_of(user)
        return render(request, "powers/explained.html", {"cnpj": cnpj})
    return _filled_in(request, None)


@get_or_post
@once
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """The form, filled in with what a power says that ends or has ended."""
    power = granted_for(request, code)
    if not power.can_be_renewed_by(scope_of(request).user):
        messages.error(request, _("This power of attorney cannot be renewed in its present state."))
        return redirect(power)
    return _filled_in(request, power)


def _filled_in(request: HttpRequest, renews: Power | None) -> HttpResponse:
    by, now = scope_of(request).user, timezone.now()
    places = drafting.grantable_places(by, at=now)
    form = GrantForm(request.POST or None, places=places, renews=renews)
    context = {"form": form, "renews": renews, "impossible": _why_not(now)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "powers/grant.html", context)
    try:
        made = drafting.draft(form.terms(), by=by, at=now, request=request)
    except ValidationError as error:
        form.take_up(error)
    except CannotGrant as error:
        form.add_error(None, str(error))
    else:
        return Done(request, reverse("powers:draft", args=[made.code]))
    return render(request, "powers/grant.html", context)


def _why_not(at: datetime) -> str:
    """Why nobody can grant a power at present; "" where it is possible."""
    try:
        drafting.check_signer(at)
    except CannotGrant as error:
        return str(error)
    return ""


def _draft(request: HttpRequest, code: str) -> Power:
    """A draft of this session's person."""
    power = granted_for(request, code)
    is_mine = power.can_be_confirmed_by(scope_of(request).user)
    return power if is_mine else get_object_or_404(Power.objects.none())


@require_safe
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """The whole text as it will be signed, and what confirms it."""
    power = power_for(request, code)
    if power.status != Power.Status.DRAFT:
        return redirect(power)
    by_signature = settings.POWERS_CONFIRMED_BY == Power.Means.SIGNATURE
    if by_signature:
        require_step_up(request)  # before a file is chosen, which is never put aside
    return _draft_page(request, power, SignForm() if by_signature else ConfirmForm())


def _draft_page(
    request: HttpRequest, power: Power, form: ConfirmForm | SignForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "power": power, "text": text_of(power), "form": form,
        "by_signature": isinstance(form, SignForm), "impossible": _why_not(now),
        "similar": _similar(power, now)[:3],
    }  # fmt: skip
    return render(request, "powers/draft.html", context, status=status)


def _similar(power: Power, at: datetime) -> QuerySet[Power]:
    """Those in force that say the same, but for the one that this one renews."""
    terms = Terms(
        grantee_cpf=power.grantee_cpf, grantee_name=power.grantee_name, company=power.company,
        services=power.services, level=power.level, starts_on=power.starts_on,
        ends_on=power.ends_on, units=list(power.units.all()),
    )  # fmt: skip
    found = drafting.similar(terms, at=at)
    return found.exclude(pk=power.renews_id) if power.renews_id else found


@get_or_post
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Grant it by the confirmation in this session."""
    if request.method != "POST":  # back from a proof of who it is
        return redirect(power_for(request, code))
    power = _draft(request, code)
    require_step_up(request)
    form = ConfirmForm(request.POST)
    by, at = scope_of(request).user, timezone.now()
    return _granted(
        request, power, form,
        lambda: granting.confirm(power, by=by, at=at, request=request),
    )  # fmt: skip


@get_or_post
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Grant it by the signature that was made outside of the portal."""
    if request.method != "POST":  # back from a proof of who it is
        return redirect(power_for(request, code))
    power = _draft(request, code)
    require_step_up(request)
    form = SignForm(request.POST, request.FILES)
    by, at = scope_of(request).user, timezone.now()

    def act() -> None:
        p7s = form.cleaned_data["signature"].read()
        granting.sign(power, p7s, by=by, at=at, request=request)

    return _granted(request, power, form, act)


def _granted(
    request: HttpRequest, power: Power, form: ConfirmForm | SignForm, act: Callable[[], None]
) -> HttpResponse:
    """To the power's page once it was granted; else its draft says why not."""
    if limited(request, LIMIT, f"user:{scope_of(request).user.pk}"):
        return too_many(request, LIMIT)
    if not form.is_valid():
        return _draft_page(request, power, form, status=422)
    try:
        act()
    except ValidationError as error:
        form.add_error("signature" if isinstance(form, SignForm) else None, error.messages)
        return _draft_page(request, power, form, status=422)
    except (CannotGrant, IllegalTransition) as error:
        form.add_error(None, str(error))
        return _draft_page(request, power, form, status=409)
    messages.success(request, _("The power of attorney was granted. It holds once it is accepted."))
    return redirect("powers:power", power.code)


@get_or_post
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Asks first: what was typed is gone then."""
    power = _draft(request, code)
    by, back = scope_of(request).user, power.get_absolute_url()
    return confirmed(
        request, "powers/discard.html", {"power": power, "back": back},
        lambda: drafting.discard(power, by=by, at=timezone.now(), request=request),
        to=reverse("powers:granted"), done=_("The draft was discarded. Nothing was granted."),
        refused=(CannotGrant,),
    )  # fmt: skip


@require_safe
def record(request: HttpRequest, code: str) -> HttpResponse:
    """The power itself, byte for byte: what is signed."""
    power = power_for(request, code)
    response = HttpResponse(bytes(power.record), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="registro-{power.code}.json"'
    return response
