"""Signing in with a proven certificate: the person it names, what it opens, the session."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.allauth_internals import log_in
from portal.accounts.models import EndedCertificate, Grant, Unit, User
from portal.accounts.opening import JOIN_KEY, STATE_KEY, CertificateIdentity, Means
from portal.accounts.services import certificate_link, certificate_question
from portal.accounts.services.people import create_user
from portal.accounts.services.profile import ask_email_change
from portal.accounts.services.proofs import CpfTaken, OtherCpf, prove_cpf
from portal.audit.services import NewEvent, record, record_many
from portal.step_up import CERTIFICATE
from portal.taxid import is_cnpj, is_cpf, normalise


class Refused(Exception):
    """This certificate opens nothing; ``reason`` is ``inactive``, ``incomplete``, ``expired`` or
    ``revoked``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def enter_with_certificate(
    request: HttpRequest, identity: CertificateIdentity, *, next_url: str = ""
) -> HttpResponse:
    """Open a session for whom the certificate names, through every step that a login has.

    The certificate must have been proven (chain, revocation, possession of the key): here only
    whom it names is looked at. Answers with the second factor's page, with the choice of an
    inscrição (``next_url``, checked by the caller, comes after it), with the question whose a
    registration is that has this CPF only typed, or with why there is no way in. Where the
    person who is signed in has asked for it, the certificate confirms their CPF instead.
    """
    now = timezone.now()
    try:
        check(identity, at=now)
        if certificate_link.is_asked(request, at=now):
            return certificate_link.link(request, identity, at=now)
        user = User.objects.with_proven_cpf(identity.cpf)
        if user is None and typed(identity).exists():
            return certificate_question.ask(request, identity, next_url=next_url, at=now)
        user = user or create(identity, at=now, request=request)
        return open_session(request, user, identity, next_url=next_url)
    except Refused as refusal:
        return refused(request, refusal.reason)


def check(identity: CertificateIdentity, *, at: datetime) -> None:
    """Raises Refused where the certificate names nobody, or has ended."""
    cnpj_missing = identity.means == Means.E_CNPJ and not is_cnpj(normalise(identity.cnpj))
    if not is_cpf(normalise(identity.cpf)) or cnpj_missing or identity.means == Means.PASSWORD:
        raise Refused("incomplete")
    if identity.not_after <= at:
        raise Refused("expired")
    if EndedCertificate.reason_of(identity.sha256, at=at):
        raise Refused("revoked")


def typed(identity: CertificateIdentity) -> QuerySet[User]:
    """Registrations in which somebody typed the certificate's CPF, which nobody has proven."""
    return User.objects.filter(cpf=normalise(identity.cpf), cpf_proof="").order_by("pk")


def create(
    identity: CertificateIdentity, *, at: datetime, request: HttpRequest | None = None
) -> User:
    """The person whom the certificate names, made from it. Of two at once one makes them.

    The e-mail inside a certificate proves nothing: of an e-CPF's a link is sent to it, and by
    opening that it becomes the person's. The e-mail of an e-CNPJ is the company's.
    """
    cpf = normalise(identity.cpf)
    name = " ".join(identity.name.split())[:120] or cpf
    proof: dict[str, Any] = {"cpf_proof": User.CpfProof.CERTIFICATE, "cpf_proven_at": at}
    try:
        user = create_user(name=name, cpf=cpf, request=request, **proof)
    except (IntegrityError, ValidationError):
        if found := User.objects.with_proven_cpf(cpf):
            return found
        raise Refused("incomplete") from None
    if identity.means == Means.E_CPF and _is_email(identity.email):
        ask_email_change(user, identity.email.strip().lower(), at=at, request=request)
    return user


@transaction.atomic
def separate(
    identity: CertificateIdentity, *, at: datetime, request: HttpRequest | None = None
) -> User:
    """The person with the certificate says that the registrations with their CPF are not theirs.

    They get one of their own, those stay as they are, and staff are told. Raises Refused.
    """
    others = list(typed(identity)[: certificate_question.LOOKED_AT])
    user = create(identity, at=at, request=request)
    certificate_question.tell_staff(others, user, request=request)
    return user


def open_session(
    request: HttpRequest,
    user: User,
    identity: CertificateIdentity,
    *,
    next_url: str = "",
    joins: bool = False,
) -> HttpResponse:
    """Take the person through the login's steps. Raises Refused for who is not active.

    With ``joins`` the person has given their password and the certificate is joined to their
    registration at the last step; before that it opens nothing.
    """
    if not user.is_active or user.erased_at:
        data = {"means": identity.means.value, "certificate": identity.sha256}
        record("account.login_failed", target=user, request=request, data=data)
        raise Refused("inactive")
    state: dict[str, Any] = {STATE_KEY: identity.opening().as_json()}
    if joins:
        state[JOIN_KEY] = identity.as_json()
    elif identity.means == Means.E_CNPJ:
        sync_grants(user, identity, at=timezone.now(), request=request)
    if request.user.is_authenticated:
        logout(request)
    return log_in(
        request,
        user,
        next_url=next_url,
        state=state,
        method=CERTIFICATE,
        means=identity.means.value,
    )


def join(user: User, identity: CertificateIdentity, *, request: HttpRequest) -> bool:
    """The certificate proves this person's CPF and opens what it opens; False where somebody
    else proved it meanwhile."""
    now = timezone.now()
    try:
        prove_cpf(
            user, normalise(identity.cpf), User.CpfProof.CERTIFICATE, at=now, by=user,
            request=request,
        )  # fmt: skip
    except (CpfTaken, OtherCpf):
        return False
    if identity.means == Means.E_CNPJ:
        sync_grants(user, identity, at=now, request=request)
    return True


def not_joined(request: HttpRequest) -> HttpResponse:
    """To the login, with what happened."""
    messages.error(
        request, _("The CPF was confirmed elsewhere meanwhile. Show your certificate again.")
    )
    return redirect("account_login")


def refused(request: HttpRequest, reason: str) -> HttpResponse:
    """The page that says why the certificate opens nothing."""
    return render(request, "account/certificate_refused.html", {"reason": reason}, status=403)


def _is_email(text: str) -> bool:
    try:
        validate_email(text.strip())
    except ValidationError:
        return False
    return True


@transaction.atomic
def sync_grants(
    user: User, identity: CertificateIdentity, *, at: datetime, request: HttpRequest | None = None
) -> int:
    """Make the person's grants those that the e-CNPJ opens, until its end; how many units.

    What this CNPJ opened before and no longer does is revoked; what another CNPJ's certificate
    or anybody else gave stays. Staff are given nothing: they never act for a client.
    """
    if user.is_staff:
        return 0
    User.objects.select_for_update().values_list("pk").get(pk=user.pk)
    cnpj = normalise(identity.cnpj)
    units = dict(Unit.objects.opened_by(cnpj).values_list("pk", "company"))
    mine = Grant.objects.filter(user=user, source=Grant.Source.CERTIFICATE, revoked_at=None)
    held = list(mine.select_related("unit"))
    live = {g.unit_id: g for g in held if g.valid_until is None or g.valid_until > at}
    if len(live) < len(held):
        mine.close_ended(at)
    over = [g for pk, g in live.items() if pk not in units and g.certificate_cnpj == cnpj]
    new = [pk for pk in units if pk not in live]
    end = {
        "valid_until": identity.not_after, "certificate_cnpj": cnpj,
        "certificate_sha256": identity.sha256,
    }  # fmt: skip
    # With the same certificate as last time there is nothing to write.
    late = [
        grant.pk
        for pk, grant in live.items()
        if pk in units and any(getattr(grant, name) != value for name, value in end.items())
    ]
    mine.filter(pk__in=late).update(**end)
    mine.filter(pk__in=[grant.pk for grant in over]).update(revoked_at=at)
    made = Grant.objects.bulk_create(
        Grant(
            user=user, unit_id=pk, level=Grant.Level.OPERATE, source=Grant.Source.CERTIFICATE,
            **end,
        )
        for pk in new
    )  # fmt: skip
    _tell(user, made, over, units, request)
    return len(units)


def _tell(
    user: User, made: list[Grant], over: list[Grant], units: dict[int, int],
    request: HttpRequest | None,
) -> None:  # fmt: skip
    events = [
        NewEvent("grant.given", grant, units[grant.unit_id or 0],
                 {"user": user.pk, "level": grant.level, "unit": grant.unit_id,
                  "source": grant.source})
        for grant in made
    ] + [
        NewEvent("grant.revoked", grant, grant.company_pk, {"user": user.pk, "unit": grant.unit_id})
        for grant in over
    ]  # fmt: skip
    record_many(events, actor=user, request=request)
