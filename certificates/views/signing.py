"""Choosing the certificate that signs; each choice is confirmed."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from certificates.models import SigningCertificate
from certificates.services import (
    activate_certificate,
    deactivate_certificate,
    fallback_signers,
)
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.step_up import step_up
from portal.ui.views import confirmed

may_choose = staff_required("certificates.change_signingcertificate")
_LIST = "admin:certificates_signingcertificate_changelist"


@may_choose
@step_up
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then sign with this certificate and no other."""
    certificate = get_object_or_404(SigningCertificate, pk=pk)
    current = SigningCertificate.objects.filter(is_active=True).exclude(pk=pk).first()
    return confirmed(
        request, "certificates/activate.html",
        {"certificate": certificate, "current": current, "back": reverse(_LIST)},
        lambda: activate_certificate(certificate, by=scope_of(request).user),
        done=_("From now on documents are signed with “%(label)s”.") % {"label": certificate},
        to=_LIST, refused=(ValidationError,),
    )  # fmt: skip


@may_choose
@step_up
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then stop signing with this certificate."""
    certificate = get_object_or_404(SigningCertificate, pk=pk)
    return confirmed(
        request, "certificates/deactivate.html",
        {
            "certificate": certificate, "falls_back": bool(fallback_signers),
            "back": reverse(_LIST),
        },
        lambda: deactivate_certificate(certificate, by=scope_of(request).user),
        done=_("“%(label)s” is no longer used to sign.") % {"label": certificate}, to=_LIST,
    )  # fmt: skip
