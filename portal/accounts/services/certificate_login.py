"""Signing in with a proven certificate: the person it names, what it opens, the session."""

from datetime import datetime
from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.accounts.allauth_internals import log_in
from portal.accounts.models import EndedCertificate, Grant, Unit, User
from portal.accounts.opening import CertificateIdentity, Means
from portal.accounts.services.people import create_user
from portal.accounts.stages import STATE_KEY
from portal.audit.services import NewEvent, record, record_many
from portal.taxid import is_cnpj, is_cpf, normalise

METHOD = "certificate"


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
    inscrição (``next_url``, checked by the caller, comes after it), or with why there is no way in.
    """
    now = timezone.now()
    try:
        user = person_of(identity, at=now, request=request)
    except Refused as refusal:
        return _refused(request, refusal.reason)
    if identity.means == Means.E_CNPJ:
        sync_grants(user, identity, at=now, request=request)
    if request.user.is_authenticated:
        logout(request)
    return log_in(
        request, user, next_url=next_url, state={STATE_KEY: identity.opening().as_json()},
        method=METHOD, means=identity.means.value,
    )  # fmt: skip


def person_of(
    identity: CertificateIdentity, *, at: datetime, request: HttpRequest | None = None
) -> User:
    """The person with the certificate's CPF, made from it at the first login.

    Two first logins at once make one person. Raises Refused.
    """
    cpf = normalise(identity.cpf)
    cnpj_missing = identity.means == Means.E_CNPJ and not is_cnpj(normalise(identity.cnpj))
    if not is_cpf(cpf) or cnpj_missing or identity.means == Means.PASSWORD:
        raise Refused("incomplete")
    if identity.not_after <= at:
        raise Refused("expired")
    if EndedCertificate.reason_of(identity.sha256, at=at):
        raise Refused("revoked")
    user = User.objects.filter(cpf=cpf).first() or _created(identity, cpf, request)
    if not user.is_active or user.erased_at:
        record("account.login_failed", target=user, request=request, data=_data(identity))
        raise Refused("inactive")
    return user


def _created(identity: CertificateIdentity, cpf: str, request: HttpRequest | None) -> User:
    """The new person; with the certificate's e-mail only where it is nobody's.

    The e-mail of an e-CNPJ is the company's: by it a password for the person could be asked for.
    """
    email = identity.email.strip().lower() if identity.means == Means.E_CPF else ""
    for address in dict.fromkeys([email, ""]):
        if address and User.objects.filter(email=address).exists():
            continue
        try:
            name = " ".join(identity.name.split())[:120] or cpf
            return create_user(name=name, cpf=cpf, email=address, request=request)
        except (IntegrityError, ValidationError):
            # Somebody was quicker, or the address is none: the person exists by now, or has none.
            if found := User.objects.filter(cpf=cpf).first():
                return found
    raise Refused("incomplete")


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


def _data(identity: CertificateIdentity) -> dict[str, Any]:
    return {"means": identity.means.value, "certificate": identity.sha256}


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "account/certificate_refused.html", {"reason": reason}, status=403)
