"""“Vincular meu certificado”: a person who is signed in confirms their CPF with an e-CPF."""

import uuid
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal import hooks
from portal.accounts.models import User
from portal.accounts.opening import CertificateIdentity, Means
from portal.accounts.services.proofs import CpfTaken, OtherCpf, prove_cpf
from portal.outbox.services import enqueue_mail
from portal.taxid import normalise

KEY = "certificate_link"  # of the session
LIFE = timedelta(minutes=10)


def may_link(user: User) -> bool:
    """Whether there is something to confirm, in a session of the person's own."""
    return not user.is_limited and not user.cpf_proof


def begin(request: HttpRequest, user: User, *, at: datetime) -> None:
    """The next certificate that this session shows confirms the CPF of this person."""
    request.session[KEY] = {"user": user.pk, "until": (at + LIFE).isoformat()}


def is_asked(request: HttpRequest, *, at: datetime) -> bool:
    """Whether this session's person has asked for it; it is asked for once."""
    held = request.session.pop(KEY, None)
    if not held or datetime.fromisoformat(held["until"]) <= at:
        return False
    return request.user.is_authenticated and request.user.pk == held["user"]


def link(request: HttpRequest, identity: CertificateIdentity, *, at: datetime) -> HttpResponse:
    """Confirm the CPF, or say why not; back to the profile either way. The session goes on."""
    user = User.objects.get(pk=request.user.pk or 0)
    if problem := _problem(request, user, identity, at):
        messages.error(request, problem)
        return redirect("accounts:profile")
    if user.email:
        context = {"name": user.first_name, "at": at}
        key = f"certificate-linked:{uuid.uuid4()}"
        enqueue_mail(
            to=user.email, template="certificate_linked", context=context, key=key, about=[user.pk]
        )
    hooks.tell(hooks.CertificateShown(sha256=identity.sha256, user=user))
    messages.success(
        request, _("Your CPF is confirmed: from now on your certificate opens this registration.")
    )
    return redirect("accounts:profile")


def _problem(request: HttpRequest, user: User, identity: CertificateIdentity, at: datetime) -> str:
    """Confirms, and gives ""; or what keeps it from being done, in words."""
    if identity.means != Means.E_CPF:
        return _("Use your e-CPF: an e-CNPJ is the company's, and may be in several hands.")
    cpf = normalise(identity.cpf)
    try:
        prove_cpf(user, cpf, User.CpfProof.CERTIFICATE, at=at, by=user, request=request)
    except OtherCpf:
        return _(
            "The certificate is of another CPF than your registration has. Nothing was changed. "
            "If the CPF here is wrong, talk to us."
        )
    except CpfTaken:
        return _(
            "The CPF of this certificate is confirmed in another registration. Nothing was "
            "changed. Sign in with the certificate to use that one, or talk to us."
        )
    return ""
