"""A CPF and an e-mail that were only typed are login names; proven, they are one person's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth import hashers
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.models.people import LOOKED_AT
from portal.audit.models import AuditEvent
from tests.factories import PASSWORD, Cast, a_cpf, make_user
from tests.portal.certificate_entry import (
    e_cnpj,
    e_cpf,
    enter,
    entrance,  # noqa: F401 - a fixture
)
from tests.portal.entrance import (
    NEW_PASSWORD,
    code,
    link_in,
    mail_text,
    mails,
    sign_in,
    text,
    without_keys,
)
from tests.portal.second_factor import confirm_identity
from tests.portal.test_recovery import work

pytestmark = pytest.mark.usefixtures("entrance")
ClientOf = Callable[..., Client]
OTHER = "Vereda9Outra"


def two_with(password: str = OTHER, **values: Any) -> tuple[User, User]:
    """Two who have typed the same; the second has the other password."""
    first, second = (make_user(f"Pessoa {n}", typed=True, **values) for n in "AB")
    second.set_password(password)
    second.save()
    return first, second


def who(login: str, password: str) -> str:
    """Whose session this login opens; "" for none."""
    client = Client()
    sign_in(client, login, password)
    return str(client.session.get("_auth_user_id", ""))


@pytest.mark.parametrize("known_by", ["cpf", "email"])
def test_each_account_with_what_was_typed_is_looked_at(cast: Cast, known_by: str) -> None:
    typed = a_cpf() if known_by == "cpf" else "dois@exemplo.com.br"
    first, second = two_with(**{known_by: typed})
    assert who(typed, PASSWORD) == str(first.pk)
    assert who(typed, OTHER) == str(second.pk)
    assert who(typed, "Nenhuma9Delas") == ""


@pytest.mark.parametrize("known_by", ["cpf", "email"])
def test_a_password_that_fits_two_opens_the_proven_one_or_none(cast: Cast, known_by: str) -> None:
    typed = a_cpf() if known_by == "cpf" else "dois@exemplo.com.br"
    two_with(PASSWORD, **{known_by: typed})
    assert who(typed, PASSWORD) == ""
    values: dict[str, Any] = {known_by: typed}
    owner = make_user("Dona", **values)
    assert who(typed, PASSWORD) == str(owner.pk), "who proved it is looked at first"


def test_an_inactive_one_stands_in_nobody_s_way(cast: Cast) -> None:
    first, second = two_with(PASSWORD, cpf=a_cpf())
    User.objects.filter(pk=first.pk).update(is_active=False)
    assert who(first.cpf or "", PASSWORD) == str(second.pk)


def test_two_who_typed_a_cpf_before_shut_nobody_out(cast: Cast) -> None:
    cpf = a_cpf()
    for name in ("Primeira", "Segunda"):
        earlier = make_user(name, typed=True, cpf=cpf)
        earlier.set_password(OTHER)
        earlier.save()
    by_staff = make_user("Sem E-mail", typed=True, cpf=cpf, email=None)
    registered = make_user("Com E-mail", typed=True, cpf=cpf)
    assert who(cpf, PASSWORD) == str(by_staff.pk)
    assert who(registered.email or "", PASSWORD) == str(registered.pk)


def test_as_many_passwords_are_hashed_for_nobody_for_one_and_for_two(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = two_with(cpf=a_cpf())
    alone, counts = make_user("Só Ela", typed=True), {}
    for name, login in {"none": a_cpf(), "one": alone.cpf, "two": first.cpf}.items():
        hashed: list[str] = []
        encode = hashers.MD5PasswordHasher.encode
        monkeypatch.setattr(
            hashers.MD5PasswordHasher, "encode",
            lambda self, *args, _all=hashed, _do=encode: _all.append("x") or _do(self, *args),
        )  # fmt: skip
        assert who(login or "", "Nenhuma9Delas") == ""
        monkeypatch.undo()
        counts[name] = len(hashed)
    assert counts == {"none": LOOKED_AT, "one": LOOKED_AT, "two": LOOKED_AT}


def recover(cpf: str, email: str) -> str:
    """Ask for a new password, and let what was asked be done; the page that answers."""
    client = Client()
    url = client.post(reverse("account_reset_password"), {"cpf": cpf, "email": email, **code()})
    page = without_keys(client.get(url["Location"]))
    work()
    return page


def test_recovery_writes_to_the_address_of_the_account_that_has_both(cast: Cast) -> None:
    cpf = a_cpf()
    mine = make_user("Minha", typed=True, cpf=cpf, email="minha@exemplo.com.br")
    make_user("Alheia", typed=True, cpf=cpf, email="alheia@exemplo.com.br")
    pages = {recover(cpf, to) for to in (mine.email or "", "outra@exemplo.com.br")}
    assert len(pages) == 1
    assert [entry.recipient for entry in mails()] == [mine.email]
    choose_password(link_in(mails()[0]))
    assert who(cpf, NEW_PASSWORD) == str(mine.pk)
    assert who(cpf, PASSWORD) == str(User.objects.get(name="Alheia").pk)


def test_recovery_prefers_who_has_proven_the_address(cast: Cast) -> None:
    cpf, email = a_cpf(), "dois@exemplo.com.br"
    two_with(cpf=cpf, email=email)
    owner = make_user("Dona", cpf=cpf, email=email)
    recover(cpf, email)
    choose_password(link_in(mails(email)[0]))
    assert who(cpf, NEW_PASSWORD) == str(owner.pk)


def choose_password(path: str) -> None:
    client = Client()
    client.get(path)
    client.post("/acesso/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


@pytest.fixture
def offered(settings: LazySettings) -> None:
    settings.CERTIFICATE_ENTRANCE_URL = "https://localhost:8443"


def linking(user: User) -> Client:
    """A browser in which this person has pressed “Vincular meu certificado”, and given the
    password once more."""
    client = Client()
    client.force_login(user)
    asked = client.post(reverse("accounts:certificate_link"))["Location"]
    assert asked.startswith(reverse("account_reauthenticate"))
    answer = client.post(asked, {"password": PASSWORD})
    assert answer["Location"] == "/entrar/certificado/"
    return client


@pytest.mark.usefixtures("offered")
def test_a_signed_in_person_confirms_the_cpf_with_the_certificate(cast: Cast) -> None:
    rita = make_user("Rita Paz", typed=True)
    client = linking(rita)
    answer = text(client.get(enter(client, e_cpf(rita.cpf or ""))["Location"]))
    assert "Seu CPF está confirmado" in answer
    assert "confirmado por certificado digital em" in answer
    assert "Vincular meu certificado" not in answer
    assert client.session["_auth_user_id"] == str(rita.pk)
    assert "certificado digital" in mail_text(mails(rita.email or "")[-1])
    assert AuditEvent.objects.get(action="account.cpf_proven").data == {"by": "certificate"}
    assert enter(Client(), e_cpf(rita.cpf or ""))["Location"] != "/entrar/certificado/cadastro/"


@pytest.mark.usefixtures("offered")
def test_who_has_no_cpf_gets_the_certificate_s(cast: Cast) -> None:
    rita, shown = make_user("Rita Paz", typed=True, cpf=None), e_cpf()
    enter(linking(rita), shown)
    assert User.objects.with_proven_cpf(shown.cpf) == rita


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (lambda cast, rita: e_cpf(), "de um CPF diferente"),
        (lambda cast, rita: e_cnpj(cast.unit_a1.cnpj, rita.cpf), "Use o seu e-CPF"),
        (lambda cast, rita: e_cpf(cast.ana.cpf), "de um CPF diferente"),
    ],
)
def test_a_certificate_that_does_not_fit_changes_nothing_and_says_why(
    cast: Cast, shown: Callable[..., Any], said: str
) -> None:
    rita = make_user("Rita Paz", typed=True)
    client = linking(rita)
    answer = text(client.get(enter(client, shown(cast, rita))["Location"]))
    assert said in answer
    assert client.session["_auth_user_id"] == str(rita.pk), "the session goes on"
    assert not User.objects.get(pk=rita.pk).cpf_proof


@pytest.mark.usefixtures("offered")
def test_a_cpf_that_is_proven_elsewhere_is_not_linked(cast: Cast) -> None:
    rita = make_user("Rita Paz", typed=True, cpf=cast.ana.cpf)
    client = linking(rita)
    answer = text(client.get(enter(client, e_cpf(cast.ana.cpf or ""))["Location"]))
    assert "está confirmado em outro cadastro" in answer
    assert not User.objects.get(pk=rita.pk).cpf_proof


def in_person(client: Client, user: User, **data: str) -> Any:
    return client.post(reverse("admin:accounts_user_in_person", args=[user.pk]), data, follow=True)


def test_an_agent_confirms_a_cpf_in_person_with_a_document(cast: Cast, client_of: ClientOf) -> None:
    rita, staff = make_user("Rita Paz", typed=True), client_of(cast.admin)
    confirm_identity(staff)
    assert "apenas informado" in text(
        staff.get(reverse("admin:accounts_user_change", args=[rita.pk]))
    )
    assert "documento original com foto" in text(in_person(staff, rita))
    assert not User.objects.get(pk=rita.pk).cpf_proof
    shown = text(in_person(staff, rita, document="cnh"))
    assert "confirmado presencialmente, com documento em" in shown
    event = AuditEvent.objects.get(action="account.cpf_proven")
    assert (event.actor, event.data) == (cast.admin, {"by": "in_person", "document": "cnh"})


def test_a_conflict_is_told_and_nobody_confirms_their_own(cast: Cast, client_of: ClientOf) -> None:
    rita = make_user("Rita Paz", typed=True, cpf=cast.ana.cpf)
    staff = client_of(cast.admin)
    confirm_identity(staff)
    assert "já está confirmado em outro cadastro: Ana Souza" in text(
        in_person(staff, rita, document="cnh")
    )
    User.objects.filter(pk=cast.admin.pk).update(cpf_proof="", cpf_proven_at=None)
    assert in_person(staff, cast.admin, document="cnh").status_code == 403
    assert in_person(client_of(cast.agente), rita, document="cnh").status_code == 403


def test_a_cpf_or_e_mail_that_staff_type_anew_is_only_typed(
    cast: Cast, client_of: ClientOf
) -> None:
    staff, url = client_of(cast.admin), reverse("admin:accounts_user_change", args=[cast.ana.pk])
    confirm_identity(staff)
    data = {"name": "Ana Souza", "cpf": cast.bruno.cpf, "email": cast.ana.email, "is_active": "on"}
    assert "está confirmado em outro cadastro: Bruno Lima" in text(staff.post(url, data))
    assert staff.post(url, {**data, "cpf": a_cpf()}).status_code == 302
    cast.ana.refresh_from_db()
    assert (cast.ana.cpf_proof, cast.ana.email_proof) == ("", "link")


def test_a_typed_e_mail_is_confirmed_by_its_link(cast: Cast, client_of: ClientOf) -> None:
    rita = make_user("Rita Paz", typed=True)
    client = client_of(rita)
    assert "Confirmar meu e-mail" in text(client.get(reverse("accounts:profile")))
    client.post(reverse("accounts:email_prove"))
    path = "/conta/" + mail_text(mails(rita.email or "")[0]).partition("/conta/")[2].split()[0]
    assert "confirmado por link aberto em" in text(client.post(path, follow=True))
    assert len(mails(rita.email or "")) == 1, "nothing changed: nobody is told of a change"


def test_the_profile_of_who_proved_both_says_so(cast: Cast, client_of: ClientOf) -> None:
    shown = text(client_of(cast.ana).get(reverse("accounts:profile")))
    assert "confirmado por certificado digital em" in shown
    assert "confirmado por link aberto em" in shown
    assert "Confirmar meu e-mail" not in shown
