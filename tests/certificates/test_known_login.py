"""A certificate with which somebody comes in through the entrance joins \"Certificados\"."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.entrance.identity import identity_of
from certificates.entrance.services import issue_ticket
from certificates.icp import read_certificate
from certificates.models import CertificateUse
from certificates.services.known import keep_certificate
from portal.accounts.models import User
from tests.certificates import pki
from tests.certificates.test_entrance_views import BACK, _entrance, begin  # noqa: F401

pytestmark = pytest.mark.django_db


def test_after_the_first_login_the_certificate_is_there_and_watched():
    record, now, browser = (
        read_certificate(pki.a_person(pki.an_authority()).der),
        timezone.now(),
        Client(),
    )
    keep_certificate(record, at=now)  # what the entrance does on its side
    ticket = issue_ticket(identity_of(record), nonce_hash=begin(browser), at=now)
    assert browser.get(BACK, {"bilhete": ticket}).status_code == 302
    use = CertificateUse.objects.watched().get()
    assert (use.user, use.origin) == (User.objects.get(cpf=record.cpf), "login")
    assert record.name in browser.get(reverse("certificates:list")).content.decode()


def test_a_ticket_that_opens_nothing_notes_nothing():
    record, now = read_certificate(pki.a_person(pki.an_authority()).der), timezone.now()
    keep_certificate(record, at=now)
    ticket = issue_ticket(identity_of(record), nonce_hash="0" * 64, at=now)
    assert Client().get(BACK, {"bilhete": ticket}).status_code == 403
    assert not CertificateUse.objects.exists()
