"""Tickets of the entrance: one use, one minute, one browser, and nothing kept in clear."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import RequestFactory

from certificates.entrance import nonce, services
from certificates.entrance.models import Ticket
from certificates.entrance.services import Problem, Refused, hashed, issue_ticket, redeem_ticket
from portal.accounts.opening import CertificateIdentity, Means
from tests.factories import a_cnpj, a_cpf

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NONCE = "n" * 43
SECOND = timedelta(seconds=1)


@pytest.fixture
def identity() -> CertificateIdentity:
    return CertificateIdentity(
        means=Means.E_CNPJ, name="José da Silva", cpf=a_cpf(), email="jose@exemplo.com.br",
        cnpj=a_cnpj(), company_name="Empresa", sha256="a" * 64, not_after=NOW + timedelta(days=9),
    )  # fmt: skip


def issue(identity: CertificateIdentity) -> str:
    return issue_ticket(identity, nonce_hash=hashed(NONCE), at=NOW)


def problem_of(token: str, secret: str = NONCE, at: datetime = NOW) -> Problem:
    with pytest.raises(Refused) as refused:
        redeem_ticket(token, nonce=secret, at=at)
    return refused.value.problem


def test_a_ticket_gives_back_whom_the_certificate_names(identity):
    assert redeem_ticket(issue(identity), nonce=NONCE, at=NOW + 59 * SECOND) == identity


def test_a_person_s_ticket_does_too(identity):
    person = replace(identity, means=Means.E_CPF, cnpj="", company_name="")
    assert redeem_ticket(issue(person), nonce=NONCE, at=NOW) == person


def test_a_ticket_works_once(identity):
    token = issue(identity)
    redeem_ticket(token, nonce=NONCE, at=NOW)
    assert problem_of(token) == Problem.USED


def test_of_two_uses_at_the_same_time_one_is_refused(identity, monkeypatch):
    """Both have read the ticket as unused before either marks it."""
    token = issue(identity)
    read = Ticket.objects.get()
    redeem_ticket(token, nonce=NONCE, at=NOW)
    monkeypatch.setattr("django.db.models.query.QuerySet.first", lambda _self: read)
    with pytest.raises(Refused):
        redeem_ticket(token, nonce=NONCE, at=NOW)


def test_a_ticket_ends_after_a_minute(identity):
    token = issue(identity)
    assert problem_of(token, at=NOW + 60 * SECOND) == Problem.LATE
    assert redeem_ticket(token, nonce=NONCE, at=NOW + 59 * SECOND) == identity


def test_a_ticket_is_for_the_browser_that_began(identity):
    token = issue(identity)
    assert problem_of(token, "m" * 43) == Problem.OTHER_BROWSER
    assert problem_of(token, "") == Problem.NO_COOKIE
    assert problem_of(token, hashed(NONCE)) == Problem.OTHER_BROWSER  # what stood in the address
    assert redeem_ticket(token, nonce=NONCE, at=NOW) == identity


def test_another_browser_does_not_learn_that_a_ticket_was_used(identity):
    token = issue(identity)
    redeem_ticket(token, nonce=NONCE, at=NOW)
    assert problem_of(token, "m" * 43) == Problem.OTHER_BROWSER


@pytest.mark.parametrize("token", ["", "x" * 43, "\0", "é" * 5000])
def test_what_is_no_ticket_opens_nothing(token, identity):
    issue(identity)
    assert problem_of(token) == Problem.UNKNOWN


def test_nothing_of_a_person_or_of_the_ticket_is_kept_in_clear(identity):
    token = issue(identity)
    row = Ticket.objects.values().get()
    held = " ".join(str(bytes(v) if isinstance(v, memoryview | bytes) else v) for v in row.values())
    for secret in (token, NONCE, identity.cpf, identity.cnpj, "Silva", "jose@"):
        assert secret not in held


def test_a_used_ticket_holds_nobody(identity):
    redeem_ticket(issue(identity), nonce=NONCE, at=NOW)
    assert Ticket.objects.get().sealed is None
    with pytest.raises(IntegrityError):
        Ticket.objects.update(sealed=b"somebody")


def test_an_identity_moved_to_another_ticket_does_not_open(identity):
    first, second = issue(identity), issue(replace(identity, name="Outra pessoa"))
    rows = {row.token_hash: row for row in Ticket.objects.all()}
    Ticket.objects.filter(token_hash=hashed(first)).update(sealed=rows[hashed(second)].sealed)
    assert problem_of(first) == Problem.UNKNOWN


def test_old_tickets_are_emptied_at_once_and_gone_after_a_day(identity):
    issue(identity)
    assert services.delete_old_tickets(at=NOW + 30 * SECOND) == 0
    assert Ticket.objects.get().sealed
    assert services.delete_old_tickets(at=NOW + 61 * SECOND) == 0
    assert Ticket.objects.get().sealed is None
    assert services.delete_old_tickets(at=NOW + timedelta(days=1, minutes=2)) == 1
    assert not Ticket.objects.exists()


def begun_with(response: HttpResponse, name: str) -> nonce.PendingLogin:
    request = RequestFactory().get("/")
    request.COOKIES[name] = response.cookies[name].value
    return nonce.pending_login(request)


@pytest.mark.parametrize(("https", "name"), [(False, "certificado"), (True, "__Host-certificado")])
def test_the_nonce_s_cookie_is_kept_from_scripts_and_other_sites(settings, https, name):
    settings.HTTPS = https
    response = HttpResponse()
    secret = nonce.begin(response, "/faturas/")
    cookie = response.cookies[name]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert bool(cookie["secure"]) is https
    assert cookie["max-age"] == nonce.SECONDS <= 300
    assert begun_with(response, name) == nonce.PendingLogin(secret, "/faturas/")


def test_a_cookie_that_we_did_not_make_or_that_is_old_began_nothing(monkeypatch):
    response = HttpResponse()
    nonce.begin(response, "")
    response.cookies["certificado"].set(
        "certificado", *[response.cookies["certificado"].value + "x"] * 2
    )
    assert begun_with(response, "certificado") == nonce.PendingLogin()
    nonce.begin(response, "")
    monkeypatch.setattr(
        "django.core.signing.time.time", lambda: datetime.now(UTC).timestamp() + 301
    )
    assert begun_with(response, "certificado") == nonce.PendingLogin()


def test_each_login_has_a_nonce_and_a_ticket_of_its_own(identity):
    response = HttpResponse()
    assert nonce.begin(response, "") != nonce.begin(response, "")
    assert issue(identity) != issue(identity)
    assert len(services.hashed("x")) == 64
