"""An attack that was proven: after its revocation an e-CNPJ's open session and its grants went on."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.entrance.identity import identity_of
from certificates.entrance.services import issue_ticket
from certificates.icp import CertificateRecord, read_certificate
from certificates.models import KnownCertificate
from certificates.services.known import keep_certificate
from certificates.services.revocations import end_revoked_logins
from certificates.trust.models import RevocationList
from certificates.trust.revocation import request_check
from certificates.trust.services import fetch_list
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose
from portal.accounts.models import EndedCertificate, Grant, User
from portal.audit.models import AuditEvent
from portal.outbox.delivery import sweep
from tests.certificates import pki
from tests.certificates.test_entrance_views import BACK, _entrance, begin  # noqa: F401
from tests.certificates.world import World
from tests.factories import Cast, make_grant, make_user
from tests.portal.entrance import mail_text, mails, signed_in

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def come_in(record: CertificateRecord) -> Client:
    """Through the entrance's ticket, as a browser does."""
    browser, now = Client(), timezone.now()
    keep_certificate(record, at=now)
    ticket = issue_ticket(identity_of(record), nonce_hash=begin(browser), at=now)
    assert browser.get(BACK, {"bilhete": ticket}).status_code == 302
    assert signed_in(browser)
    return browser


def opens(browser: Client) -> bool:
    return browser.get(reverse("invoices:list")).status_code == 200


def revoke(world: World, *leaves: pki.Made, **values: Any) -> None:
    """The authority's next list names these and no other, and a job fetches that list."""
    revoked = [leaf.certificate for leaf in leaves]
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, *revoked, **values)
    for row in RevocationList.objects.all():
        fetch_list(row.pk)


def known(world: World, **values: Any) -> tuple[pki.Made, CertificateRecord]:
    leaf = world.person(**values)
    request_check(leaf.der)
    sweep()
    return leaf, read_certificate(leaf.der)


def grants_of(user: User, at: datetime) -> list[str]:
    return sorted(Grant.objects.in_force(at).filter(user=user).values_list("source", flat=True))


def test_a_revoked_e_cnpj_ends_its_session_and_its_grants_and_tells_the_person(
    cast: Cast, world: World
) -> None:
    leaf, record = known(world, names=pki.a_cnpj_name(cast.unit_a1.cnpj))
    user = make_user("Nilo Prado", cpf=record.cpf, email="nilo@exemplo.com.br")
    make_grant(user, cast.unit_b1)
    browser, at = come_in(record), timezone.now()
    assert opens(browser)
    assert grants_of(user, at) == ["certificate", "staff"]
    assert end_revoked_logins(at=at) == 0
    assert opens(browser)
    revoke(world, leaf)
    assert end_revoked_logins(at=timezone.now()) == 1
    assert not opens(browser)
    assert grants_of(user, timezone.now()) == ["staff"]
    assert KnownCertificate.objects.get().revoked_at is not None
    event = AuditEvent.objects.get(action="certificate.ended")
    assert (event.data["sessions"], event.data["grants"]) == (1, 1)
    assert "foi revogado" in mail_text(mails("nilo@exemplo.com.br")[-1])
    assert end_revoked_logins(at=timezone.now()) == 0, "once"


def test_a_revoked_e_cpf_ends_its_own_session_and_not_another_of_the_person(
    cast: Cast, world: World
) -> None:
    leaf, record = known(world)
    browser = come_in(record)
    other = Client()
    other.force_login(User.objects.get(cpf=record.cpf))
    revoke(world, leaf)
    end_revoked_logins(at=timezone.now())
    assert not opens(browser)
    assert opens(other)


def test_a_session_that_the_job_did_not_see_is_closed_when_it_is_used(
    cast: Cast, world: World
) -> None:
    _leaf, record = known(world)
    browser, at = come_in(record), timezone.now()
    EndedCertificate.objects.create(
        sha256=record.sha256, reason="revoked", not_after=record.not_after, ended_at=at
    )
    answer = browser.get(reverse("invoices:list"), follow=True)
    assert "foi revogado" in answer.content.decode()
    assert not signed_in(browser)
    late, now = Client(), timezone.now()
    ticket = issue_ticket(identity_of(record), nonce_hash=begin(late), at=now)
    refused = late.get(BACK, {"bilhete": ticket})
    assert refused.status_code == 403
    assert "revogado" in refused.content.decode()


def test_what_a_hold_ended_stays_ended_when_a_later_list_is_silent(
    cast: Cast, world: World
) -> None:
    leaf, record = known(world, names=pki.a_cnpj_name(cast.unit_a1.cnpj))
    user = make_user("Nilo Prado", cpf=record.cpf)
    browser = come_in(record)
    revoke(world, leaf, reason=x509.ReasonFlags.certificate_hold, issued=timedelta(minutes=-30))
    assert end_revoked_logins(at=timezone.now()) == 1
    revoke(world, issued=timedelta(minutes=-10))
    assert examine(leaf.der, purpose=Purpose.WATCH, at=timezone.now()).ok
    assert end_revoked_logins(at=timezone.now()) == 0
    assert not opens(browser)
    assert grants_of(user, timezone.now()) == []
    again, now = Client(), timezone.now()
    ticket = issue_ticket(identity_of(record), nonce_hash=begin(again), at=now)
    assert again.get(BACK, {"bilhete": ticket}).status_code == 403


def test_an_expired_certificate_ends_its_session_and_its_grants_without_a_mail(
    cast: Cast, world: World
) -> None:
    _leaf, record = known(world, names=pki.a_cnpj_name(cast.unit_a1.cnpj))
    browser = come_in(record)
    user, after = User.objects.get(cpf=record.cpf), record.not_after + timedelta(minutes=5)
    assert grants_of(user, after) == []
    assert end_revoked_logins(at=after) == 1
    assert not opens(browser)
    assert not [mail for mail in mails() if "certificado" in mail.name.lower()]
