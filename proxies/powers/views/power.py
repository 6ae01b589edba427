"""One power, as its two sides and staff see it; its PDF and its evidence."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.files.services import serve
from proxies.powers.models import TONES, Power
from proxies.powers.services.evidence import bundle
from proxies.powers.services.text import text_of
from proxies.powers.views.own import power_for


@require_safe
def power(request: HttpRequest, code: str) -> HttpResponse:
    """What it says, how it stands, what can be done with it, and what proves it."""
    found = power_for(request, code)
    if found.status == Power.Status.DRAFT:
        return redirect(found)
    state = found.state(timezone.localdate())
    steps = found.steps.select_related("user").order_by("at", "pk")
    context = {
        "power": found, "text": text_of(found), "state": state, "tone": TONES[state],
        "steps": steps, "renewals": found.renewals.exclude(status=Power.Status.DRAFT),
        "sides": _sides(request, found), "acts": _acts(request, found),
    }  # fmt: skip
    return render(request, "powers/power.html", context)


def _sides(request: HttpRequest, power: Power) -> dict[str, bool]:
    """As whom the person looks at it."""
    user = scope_of(request).user
    is_for = power.is_for(user)
    return {
        "grantee": is_for, "staff": user.is_staff,
        "grantor": not is_for and not user.is_staff,
        "other_signer": power.is_of_another_signer(user),
    }  # fmt: skip


def _acts(request: HttpRequest, power: Power) -> dict[str, Any]:
    """What this person may do with it now. That it waits for an e-CPF is said on the page."""
    user, now = scope_of(request).user, timezone.now()
    return {
        "accept": power.can_be_accepted_by(user, timezone.localdate(now)),
        "decline": power.can_be_declined_by(user),
        "renounce": power.can_be_renounced_by(user),
        "revoke": power.can_be_revoked_by(user, now),
        "renew": power.can_be_renewed_by(user),
        "desk_revoke": power.can_be_revoked_by_staff(user),
    }


@require_safe
def pdf(request: HttpRequest, code: str) -> HttpResponseBase:
    """The signed PDF. Until a job has made it, there is none."""
    found = power_for(request, code)
    if not found.pdf_key:
        raise Http404
    return serve(
        request, found.pdf_key, name=f"procuracao-{found.code}.pdf",
        content_type="application/pdf", inline=True, sha256=found.pdf_sha256,
    )  # fmt: skip


@require_safe
def evidence(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that proves it, to be checked without this portal."""
    found = power_for(request, code)
    if found.status == Power.Status.DRAFT:
        raise Http404
    url = request.build_absolute_uri(reverse("powers:verify_code", args=[found.code]))
    response = HttpResponse(bundle(found, url), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="procuracao-{found.code}.zip"'
    return response
