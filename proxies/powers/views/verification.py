"""Anyone may ask whether a power of attorney is genuine, and how it stands."""

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.limits import limited, too_many
from portal.public_codes import clean_code
from proxies.powers.forms.acts import CodeForm
from proxies.powers.services import checking

LIMIT = "verify-power"


@login_not_required
@never_cache
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.GET if "codigo" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("powers:verify_code", form.cleaned_data["codigo"])
    return render(request, "powers/verify.html", {"form": form})


@login_not_required
@never_cache
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code of a power opens. CPFs show their middle alone."""
    if limited(request, LIMIT):
        return too_many(request, LIMIT)
    known = clean_code(code)
    if known and known != code:
        return redirect("powers:verify_code", known)
    power = checking.find(known) if known else None
    if power is None:
        return render(request, "powers/unknown.html", {"code": code[:40]}, status=404)
    url = settings.BASE_URL + reverse("powers:verify_code", args=[power.code])
    facts = checking.verify_facts(power, timezone.localdate())
    context = {"facts": facts, "power": power, "url": url, "qr": _qr(url)}
    return render(request, "powers/verified.html", context)


def _qr(url: str) -> str:
    """The address as a QR code, to be printed: an SVG in a data URI."""
    return segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=2)
