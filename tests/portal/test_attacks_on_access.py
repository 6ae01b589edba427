"""Attacks that were proven: staff who act for a client, a security code that serves many times."""

from types import SimpleNamespace
from typing import Any

import pytest
from captcha.models import CaptchaStore
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from invoices.models import Document
from invoices.services.release import NotReleasable, contest, release
from portal.accounts import captcha
from portal.accounts.captcha import SecurityCodeField
from portal.accounts.checks import staff_hold_no_grants
from portal.accounts.models import Grant, User
from portal.accounts.opening import Means, Opening
from portal.accounts.services import grant_access
from portal.audit.models import AuditEvent
from tests.factories import Cast, make_document, make_grant
from tests.portal.certificate_entry import (
    client_with,
    e_cnpj,
    entrance,  # noqa: F401 - a fixture
)
from tests.portal.entrance import code, text
from tests.portal.second_factor import confirm_identity
from tests.racing import at_once


def document_of(cast: Cast) -> Document:
    return make_document(cast.unit_a1, release=Document.Release.PENDING)


def waits(document: Document) -> bool:
    document.refresh_from_db()
    return document.release == Document.Release.PENDING


# Staff who act for a client


def test_staff_cannot_give_themselves_a_grant_and_release_with_it(cast: Cast) -> None:
    document, browser = document_of(cast), Client()
    browser.force_login(cast.admin)
    data = {"user": cast.admin.pk, "unit": cast.unit_a1.pk, "level": "operate"}
    page = text(browser.post(reverse("admin:accounts_grant_add"), data))
    assert "não recebe acesso" in page
    assert not Grant.objects.filter(user=cast.admin).exists()
    browser.post(reverse("invoices:release", args=[document.pk]))
    assert waits(document)


@pytest.mark.both
@pytest.mark.parametrize("place", ["unit_a1", "company_a"])
def test_a_grant_from_before_they_were_staff_opens_nothing(
    cast: Cast, place: str, django_assert_num_queries: Any
) -> None:
    make_grant(cast.bruno, getattr(cast, place))
    User.objects.filter(pk=cast.bruno.pk).update(is_staff=True)
    bruno, document, at = User.objects.get(pk=cast.bruno.pk), document_of(cast), timezone.now()
    with django_assert_num_queries(0):  # staff have none: nothing needs to be asked
        assert not Grant.objects.held_by(bruno, at).exists()
    for act in (
        lambda: release(document, bruno, at),
        lambda: contest(document, "Valor errado.", bruno, at),
    ):
        with pytest.raises(NotReleasable):
            act()
    assert waits(document)


@pytest.mark.usefixtures("entrance")
def test_the_e_cnpj_of_a_member_of_staff_acts_for_no_client(cast: Cast) -> None:
    document = document_of(cast)
    browser = client_with(e_cnpj(cast.unit_a1.cnpj, cast.faturista.cpf or ""))
    assert not Grant.objects.filter(user=cast.faturista).exists()
    make_grant(cast.faturista, cast.unit_a1, source="certificate")
    assert browser.get(reverse("invoices:document", args=[document.pk])).status_code == 404
    browser.post(reverse("invoices:release", args=[document.pk]))
    assert waits(document)


def test_nobody_gives_access_to_themselves(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="si mesm"):
        grant_access(cast.ana, cast.unit_b1, by=cast.ana, at=timezone.now())


def test_somebody_with_access_becomes_staff_only_after_it_was_ended(cast: Cast) -> None:
    browser, person = Client(), reverse("admin:accounts_user_change", args=[cast.ana.pk])
    browser.force_login(cast.admin)
    confirm_identity(browser)
    data = {"name": cast.ana.name, "cpf": cast.ana.cpf, "email": cast.ana.email, "is_staff": "on"}
    page = text(browser.post(person, data))
    assert "Encerrar o acesso a empresas" in page
    cast.ana.refresh_from_db()
    assert not cast.ana.is_staff
    browser.post(reverse("admin:accounts_user_act", args=[cast.ana.pk, "encerrar-acessos"]))
    assert not Grant.objects.not_ended(timezone.now()).filter(user=cast.ana).exists()
    assert AuditEvent.objects.filter(action="grant.revoked", actor=cast.admin).exists()
    browser.post(person, data)
    cast.ana.refresh_from_db()
    assert cast.ana.is_staff


def test_the_check_names_staff_who_have_access_from_before(cast: Cast) -> None:
    assert staff_hold_no_grants(databases=["default"]) == []
    make_grant(cast.faturista, cast.unit_a1)
    [problem] = staff_hold_no_grants(databases=["default"])
    assert str(cast.faturista.pk) in problem.msg


# What a certificate opened, and a password does not


def test_a_password_opens_nothing_that_a_certificate_gave(cast: Cast) -> None:
    make_grant(cast.bruno, cast.unit_a1, source="certificate")
    at = timezone.now()
    assert Grant.objects.held_by(cast.bruno, at).filter(unit=cast.unit_a1).exists(), "for jobs"
    cast.bruno.set_login_method(Opening(Means.PASSWORD))
    assert not Grant.objects.held_by(cast.bruno, at).filter(unit=cast.unit_a1).exists()
    browser = Client()
    browser.force_login(cast.bruno)
    assert cast.unit_a1.code not in text(browser.get(reverse("invoices:list")))
    document = document_of(cast)
    assert browser.get(reverse("invoices:document", args=[document.pk])).status_code == 404


# One answer, several requests


@pytest.mark.django_db(transaction=True)
def test_a_solved_code_serves_one_of_six_requests_at_once() -> None:
    sent = code()

    def send() -> bool:
        try:
            SecurityCodeField().clean([sent["captcha_0"], sent["captcha_1"]])
        except ValidationError:
            return False
        return True

    assert sorted(at_once(*[send] * 6)) == [False] * 5 + [True]


@pytest.mark.django_db
def test_an_answer_that_was_read_before_another_took_it_is_too_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other request comes between reading the row and deleting it."""
    sent, find = code(), CaptchaStore.objects.filter

    def find_and_be_overtaken(**wanted: object) -> object:
        if "expiration__gt" not in wanted:
            return find(**wanted)
        read = find(**wanted).first()
        monkeypatch.undo()
        SecurityCodeField().clean([sent["captcha_0"], sent["captcha_1"]])
        return SimpleNamespace(first=lambda: read)

    monkeypatch.setattr(CaptchaStore.objects, "filter", find_and_be_overtaken)
    with pytest.raises(ValidationError):
        SecurityCodeField().clean([sent["captcha_0"], sent["captcha_1"]])


@pytest.mark.django_db
def test_codes_that_nobody_answers_do_not_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captcha, "CODES_PER_ADDRESS", 3)
    monkeypatch.setattr(captcha, "CODES_IN_ALL", 8)
    monkeypatch.setattr(captcha, "SWEPT_EVERY", 1)
    mine = code()
    captcha.bound_codes(mine["captcha_0"], "203.0.113.1")
    for _ in range(5):
        Client().get(reverse("account_login"), REMOTE_ADDR="203.0.113.2")
    assert CaptchaStore.objects.count() == 1 + 3, "of one address the last are kept"
    assert SecurityCodeField().clean([mine["captcha_0"], mine["captcha_1"]]), "others' stay"
    for last in range(3, 12):
        Client().get(reverse("account_login"), REMOTE_ADDR=f"203.0.113.{last}")
    assert CaptchaStore.objects.count() <= 8
