"""A certificate and a registration that may be the same person's: asked, and linked on request."""

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal import desks
from portal.accounts import limits
from portal.accounts.forms.certificate import JoinForm
from portal.accounts.models import User
from portal.accounts.opening import CertificateIdentity
from portal.accounts.scope import scope_of
from portal.accounts.services import certificate_link, certificate_login, certificate_question

OWN = "own"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def question(request: HttpRequest) -> HttpResponse:
    """“Já existe um cadastro com este CPF. É seu?”: its password joins both."""
    waiting = certificate_question.waiting(request, at=timezone.now())
    if waiting is None:
        return _late(request)
    identity, next_url = waiting
    people = list(certificate_login.typed(identity)[: certificate_question.LOOKED_AT])
    form = JoinForm(people, request.POST or None)
    if request.method == "POST" and limits.limited(request, "certificate-join", identity.cpf):
        return limits.too_many(request, "certificate-join")
    if not form.is_valid() or form.owner is None:
        context = {"form": form, "identity": identity}
        return render(request, "accounts/certificate_question.html", context)
    return _open(request, identity, next_url, joins=form.owner)


@login_not_required
@never_cache
@require_POST
def not_mine(request: HttpRequest) -> HttpResponse:
    """“Não é meu”: the certificate makes a registration of its own, and staff are told."""
    waiting = certificate_question.waiting(request, at=timezone.now())
    if waiting is None:
        return _late(request)
    identity, next_url = waiting
    return _open(request, identity, next_url, joins=None)


def _open(
    request: HttpRequest, identity: CertificateIdentity, next_url: str, *, joins: User | None
) -> HttpResponse:
    """The question is answered: open the session, if the certificate has not ended meanwhile."""
    certificate_question.forget(request)
    now = timezone.now()
    try:
        certificate_login.check(identity, at=now)
        user = joins or certificate_login.separate(identity, at=now, request=request)
        return certificate_login.open_session(
            request, user, identity, next_url=next_url, joins=joins is not None
        )
    except certificate_login.Refused as refusal:
        return certificate_login.refused(request, refusal.reason)


def _late(request: HttpRequest) -> HttpResponse:
    certificate_question.forget(request)
    return render(request, "accounts/certificate_late.html", status=410)


@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def link(request: HttpRequest) -> HttpResponse:
    """“Vincular meu certificado”: to the entrance, whose answer comes back to the profile."""
    user = scope_of(request).user
    ways = [way for way in desks.gather("sign_in") if way.offered()]
    if not ways or not certificate_link.may_link(user):
        raise Http404
    certificate_link.begin(request, user, at=timezone.now())
    return redirect(ways[0].url_name)
