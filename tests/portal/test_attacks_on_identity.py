"""Proven attacks: somebody else's CPF in an invitation, somebody's e-mail in a certificate.

Each began as a case that worked: a CPF or an e-mail that was only typed counted as who one is.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import AccessRequest, EndedCertificate, Grant, GuestLink, Unit, User
from portal.accounts.personal_data import as_json, collect
from portal.audit.models import AuditEvent
from tests.factories import PASSWORD, Cast, a_cpf, make_user
from tests.portal.certificate_entry import (
    client_with,
    e_cnpj,
    e_cpf,
    enter,
    entrance,  # noqa: F401 - a fixture
)
from tests.portal.entrance import NEW_PASSWORD, mail_text, mails, sign_in, signed_in, text
from tests.portal.invitations import accept_as_new, invite
from tests.portal.second_factor import activate_app

pytestmark = pytest.mark.usefixtures("entrance")
ClientOf = Callable[..., Client]
STRANGER = "estranho@exemplo.com.br"
QUESTION = "/entrar/certificado/cadastro/"


@pytest.fixture
def carla(cast: Cast, client_of: ClientOf) -> Client:
    """The administrator of the office, who attacks."""
    client: Client = client_of(cast.carla)
    return client


def stranger_with(cpf: str, carla: Client, cast: Cast) -> User:
    """An account with the victim's CPF, whose password the attacker has chosen."""
    invite(carla, cast.office, email=STRANGER, cpf=cpf)
    accept_as_new(Client(), STRANGER, cpf=cpf)
    return User.objects.get(email=STRANGER)


def not_mine(client: Client) -> Any:
    return client.post(reverse("accounts:certificate_not_mine"))


def join(client: Client, password: str) -> Any:
    return client.post(QUESTION, {"password": password})


@pytest.mark.parametrize("kind", ["e-cpf", "e-cnpj"])
def test_the_holder_of_a_cpf_does_not_land_in_the_account_of_who_typed_it(
    cast: Cast, carla: Client, kind: str
) -> None:
    cpf = a_cpf()
    stranger = stranger_with(cpf, carla, cast)
    shown = e_cnpj(cast.unit_a1.cnpj, cpf) if kind == "e-cnpj" else e_cpf(cpf)
    victim = Client()
    assert enter(victim, shown)["Location"] == QUESTION
    assert not signed_in(victim)
    assert not stranger.grants.filter(source="certificate").exists()
    assert not_mine(victim).status_code == 302
    assert victim.session["_auth_user_id"] != str(stranger.pk)
    assert User.objects.with_proven_cpf(cpf).pk == int(victim.session["_auth_user_id"])  # type: ignore[union-attr]
    again = client_with(shown)
    assert again.session["_auth_user_id"] == victim.session["_auth_user_id"]


def test_the_stranger_s_password_opens_nothing_of_the_victim_s(cast: Cast, carla: Client) -> None:
    cpf = a_cpf()
    stranger = stranger_with(cpf, carla, cast)
    victim = Client()
    enter(victim, e_cnpj(cast.unit_a1.cnpj, cpf))
    not_mine(victim)
    assert cast.unit_a1.code in text(victim.get(reverse("invoices:list")))
    attacker = Client()
    sign_in(attacker, cpf, NEW_PASSWORD)
    assert attacker.session["_auth_user_id"] == str(stranger.pk)
    page = text(attacker.get(reverse("invoices:list")))
    assert cast.unit_a1.code not in page
    assert cast.unit_office.code in page


def test_a_victim_who_was_there_first_keeps_account_and_certificate(
    cast: Cast, carla: Client
) -> None:
    stranger_with(cast.ana.cpf or "", carla, cast)
    assert client_with(e_cpf(cast.ana.cpf or "")).session["_auth_user_id"] == str(cast.ana.pk)
    for password, who in ((PASSWORD, cast.ana.pk), (NEW_PASSWORD, None)):
        client = Client()
        sign_in(client, cast.ana.cpf or "", password)
        expected = who or User.objects.get(email=STRANGER).pk
        assert client.session["_auth_user_id"] == str(expected)


def test_to_whom_an_account_does_not_belong_staff_are_told_and_nothing_happens_to_it(
    cast: Cast, carla: Client
) -> None:
    cpf = a_cpf()
    stranger = stranger_with(cpf, carla, cast)
    victim = Client()
    enter(victim, e_cpf(cpf))
    not_mine(victim)
    stranger.refresh_from_db()
    assert (stranger.cpf, stranger.cpf_proof) == (cpf, "")
    told = mails()[-1]
    assert reverse("admin:accounts_user_change", args=[stranger.pk]) in mail_text(told)
    assert cpf not in mail_text(told)
    event = AuditEvent.objects.get(action="account.cpf_disputed")
    assert event.target == f"accounts.user:{stranger.pk}"
    assert cpf not in str(event.data)
    assert not_mine(victim).status_code == 410, "answered once"


def test_whose_the_account_is_joins_certificate_and_registration_with_the_password(
    cast: Cast,
) -> None:
    rita = make_user("Rita Paz", typed=True)
    shown = e_cnpj(cast.unit_a1.cnpj, rita.cpf or "")
    client = Client()
    enter(client, shown)
    assert "não abre esse cadastro" in text(join(client, "Errada2026x"))
    assert not signed_in(client)
    join(client, PASSWORD)
    assert client.session["_auth_user_id"] == str(rita.pk)
    rita.refresh_from_db()
    assert rita.cpf_proof == User.CpfProof.CERTIFICATE
    assert set(Unit.objects.visible_to(rita)) == {cast.unit_a1}
    assert enter(Client(), shown)["Location"] != QUESTION


@pytest.mark.parametrize("kind", ["e-cpf", "e-cnpj"])
def test_who_has_a_second_factor_gives_it_before_anything_is_joined(cast: Cast, kind: str) -> None:
    rita = make_user("Rita Paz", typed=True)
    own = Client()
    own.force_login(rita)
    activate_app(own)
    cpf = rita.cpf or ""
    client = Client()
    enter(client, e_cnpj(cast.unit_a1.cnpj, cpf) if kind == "e-cnpj" else e_cpf(cpf))
    assert join(client, PASSWORD)["Location"] == reverse("mfa_authenticate")
    assert not signed_in(client)
    rita.refresh_from_db()
    assert not rita.cpf_proof
    assert not rita.grants.exists()


def test_a_provisional_password_and_an_inactive_account_join_nothing(cast: Cast) -> None:
    rita = make_user("Rita Paz", typed=True)
    for field, value in (("is_active", False), ("must_change_password", True)):
        User.objects.filter(pk=rita.pk).update(
            is_active=True, must_change_password=False, provisional_until=None
        )
        User.objects.filter(pk=rita.pk).update(**{field: value})
        client = Client()
        enter(client, e_cpf(rita.cpf or ""))
        assert "não abre esse cadastro" in text(join(client, PASSWORD)), field
        assert not signed_in(client)


def test_guesses_at_the_question_are_limited(cast: Cast) -> None:
    rita, client = make_user("Rita Paz", typed=True), Client()
    enter(client, e_cpf(rita.cpf or ""))
    answers = [join(client, f"Errada{n}2026x").status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_the_question_waits_ten_minutes_and_no_longer(cast: Cast, monkeypatch) -> None:
    rita, client = make_user("Rita Paz", typed=True), Client()
    enter(client, e_cpf(rita.cpf or ""))
    late = timezone.now() + timedelta(minutes=10)
    monkeypatch.setattr("portal.accounts.views.certificate.timezone.now", lambda: late)
    assert join(client, PASSWORD).status_code == 410
    assert not signed_in(client)


def test_the_e_mail_inside_a_certificate_makes_nobody_join_its_account(
    cast: Cast, carla: Client
) -> None:
    """The attacker's certificate names the address of somebody who has no account yet."""
    attacker = client_with(e_cpf(email="vitima@exemplo.com.br"))
    invite(carla, cast.office, email="vitima@exemplo.com.br")
    accept_as_new(Client(), "vitima@exemplo.com.br")
    victim = User.objects.get(email="vitima@exemplo.com.br")
    assert str(victim.pk) != attacker.session["_auth_user_id"]
    assert Grant.objects.get(source="invitation").user == victim
    page = text(attacker.get(reverse("invoices:list")))
    assert cast.unit_office.code not in page


def test_the_e_mail_inside_a_certificate_becomes_the_person_s_by_its_link_only(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_with(e_cpf(email="Nilo@Exemplo.com.br"))
    person = User.objects.get(pk=client.session["_auth_user_id"])
    assert person.email is None
    link = mail_text(mails("nilo@exemplo.com.br")[0])
    path = "/conta/" + link.partition("/conta/")[2].split()[0]
    assert client_of(cast.bruno).post(path).status_code == 410, "only for whom it was sent"
    client.post(path)
    person = User.objects.get(pk=person.pk)
    assert (person.email, person.email_proof) == ("nilo@exemplo.com.br", "link")


def test_a_request_for_access_gives_nothing_to_who_typed_the_same_cpf(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    cpf = a_cpf()
    stranger = stranger_with(cpf, carla, cast)
    row = AccessRequest.objects.create(
        name="Vítima Souza", cpf=cpf, email="vitima@exemplo.com.br", phone="(31) 3333-4444",
        unit_text=cast.unit_a1.code,
    )  # fmt: skip
    url = reverse("accounts:accept_request", args=[row.pk])
    data = {"on": [f"unit:{cast.unit_a1.pk}"], "level": "operate"}
    assert client_of(cast.faturista).post(url, data).status_code == 302
    assert not Unit.objects.visible_to(stranger).filter(pk=cast.unit_a1.pk).exists()
    assert mails("vitima@exemplo.com.br")


def test_a_certificate_that_was_revoked_while_the_question_waited_opens_nothing(
    cast: Cast,
) -> None:
    rita = make_user("Rita Paz", typed=True)
    for answer in (lambda client: join(client, PASSWORD), not_mine):
        shown, client = e_cpf(rita.cpf or ""), Client()
        EndedCertificate.objects.all().delete()
        enter(client, shown)
        EndedCertificate.objects.create(
            sha256=shown.sha256,
            reason="revoked",
            ended_at=timezone.now(),
            not_after=shown.not_after,
        )
        assert answer(client).status_code == 403
        assert not signed_in(client)
    assert User.objects.filter(cpf=rita.cpf).count() == 1


def test_who_typed_an_address_is_not_told_what_was_sent_there(cast: Cast) -> None:
    make_guest_link = {"email": cast.ana.email, "name": "Ana", "model": "x", "object_pk": "1"}
    now = timezone.now()
    GuestLink.objects.create(
        **make_guest_link, title="Segredo", hours=8, digest="d" * 64, expires_at=now
    )
    other = make_user("Outra", typed=True, email=cast.ana.email)
    assert "Segredo" in "".join(as_json(collect(cast.ana)))
    assert "Segredo" not in "".join(as_json(collect(other)))
