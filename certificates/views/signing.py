"""Choosing the certificate that signs; each choice is confirmed."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.models import SigningCertificate
from certificates.services import (
    activate_certificate,
    deactivate_certificate,
    fallback_signers,
)
from portal.permissions import staff_required
from portal.step_up import step_up

if TYPE_CHECKING:
    from portal.accounts.models import User

may_choose = staff_required("certificates.change_signingcertificate")
_LIST = "admin:certificates_signingcertificate_changelist"


@may_choose
@step_up
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then sign with this certificate and no other."""
    certificate = get_object_or_404(SigningCertificate, pk=pk)
    if request.method != "POST":
        current = SigningCertificate.objects.filter(is_active=True).exclude(pk=pk).first()
        context = {"certificate": certificate, "current": current, "now": timezone.now()}
        return render(request, "certificates/activate.html", context)
    try:
        activate_certificate(certificate, by=cast("User", request.user))
        messages.success(
            request,
            _("From now on documents are signed with “%(label)s”.") % {"label": certificate},
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(_LIST)


@may_choose
@step_up
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then stop signing with this certificate."""
    certificate = get_object_or_404(SigningCertificate, pk=pk)
    if request.method != "POST":
        context = {"certificate": certificate, "falls_back": bool(fallback_signers)}
        return render(request, "certificates/deactivate.html", context)
    deactivate_certificate(certificate, by=cast("User", request.user))
    messages.success(request, _("“%(label)s” is no longer used to sign.") % {"label": certificate})
    return redirect(_LIST)
