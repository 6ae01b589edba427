"""An invitation of a company gives nothing and tells nothing before its link is accepted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Company, Grant, Invitation, Unit, User
from portal.accounts.services import NewAccess, invitations
from portal.audit.models import AuditEvent
from tests.factories import Cast, a_cpf, make_grant, make_unit, make_user
from tests.portal.certificate_entry import (
    client_with,
    e_cnpj,
    entrance,  # noqa: F401 - a fixture
)
from tests.portal.entrance import (
    NEW_PASSWORD,
    mail_text,
    mails,
    sign_in,
    signed_in,
    text,
    without_keys,
)
from tests.portal.invitations import NEW, accept_as_new, invitation_in, invite, open_link
from tests.portal.test_team import in_force

ClientOf = Callable[..., Client]
HERE = "/convite/"


@pytest.fixture
def carla(cast: Cast, client_of: ClientOf) -> Client:
    """The administrator of the office, logged in."""
    client: Client = client_of(cast.carla)
    return client


def page(client: Client, company: Company) -> str:
    return text(client.get(reverse("accounts:team_of", args=[company.pk])))


def do(client: Client, what: str) -> Any:
    row = Invitation.objects.get()
    return client.post(reverse(f"accounts:team_invite_{what}", args=[row.company_id, row.pk]))


def invited(cast: Cast, **values: Any) -> str:
    """An invitation of Carla's; its token."""
    access = values.pop("access", NewAccess(places=[cast.office], level="consult"))
    given = {"name": "Davi Rocha", "email": NEW, "cpf": "", "at": timezone.now(), **values}
    return invitations.invite_member(cast.office, access=access, by=cast.carla, **given)


def test_an_invited_person_registers_by_the_link_and_sees_the_company(
    cast: Cast, carla: Client, client: Client
) -> None:
    people, grants = User.objects.count(), Grant.objects.count()
    response = invite(carla, cast.office)
    assert response.url == reverse("accounts:team_of", args=[cast.office.pk])
    open_link(Client(), invitation_in(mails(NEW)[0]))  # a mail scanner looks as well
    assert (User.objects.count(), Grant.objects.count()) == (people, grants)
    shown = text(open_link(client, invitation_in(mails(NEW)[0])))
    assert "Convite de Escritório C" in shown
    assert "Carla Dias" in shown
    accept_as_new(client)
    davi = User.objects.get(email=NEW)
    assert client.session["_auth_user_id"] == str(davi.pk)
    assert in_force(davi) == {("Escritório C", "consult")}
    assert list(Unit.objects.visible_to(davi)) == [cast.unit_office]
    assert (davi.email_proof, davi.cpf_proof) == ("link", "")
    again = Client()
    sign_in(again, NEW, NEW_PASSWORD)
    assert signed_in(again)


def test_an_invitation_may_be_for_some_units_some_services_and_a_while(
    cast: Cast, carla: Client, client: Client
) -> None:
    other, last = make_unit(cast.office, "Filial"), timezone.localdate() + timedelta(days=9)
    invite(
        carla, cast.office, reach="some", units=[other.pk], services=["invoices"],
        last_day=last.isoformat(),
    )  # fmt: skip
    assert f"{last:%d/%m/%Y}" in text(open_link(client, invitation_in(mails(NEW)[0])))
    accept_as_new(client)
    grant = Grant.objects.get(user__email=NEW)
    assert (grant.unit, grant.scopes, grant.last_day) == (other, ["invoices"], last)


def test_known_and_unknown_get_the_same_answer_the_same_mail_and_the_same_line(
    cast: Cast, carla: Client
) -> None:
    ana = cast.ana.email or ""
    answers = [invite(carla, cast.office, email=to, cpf=cast.ana.cpf) for to in (ana, NEW)]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    told = [mail_text(mails(to)[0]).replace(invitation_in(mails(to)[0]), "") for to in (ana, NEW)]
    assert told[0] == told[1]
    shown = page(carla, cast.office)
    assert shown.count('Davi Rocha<span class="sub">') == 2
    assert cast.ana.name not in shown
    assert in_force(cast.ana) == {(str(cast.unit_a1), "operate")}


def test_who_is_signed_in_accepts_as_themselves_whatever_was_typed(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    invite(carla, cast.office, cpf=a_cpf())
    ana = client_of(cast.ana)
    assert "Aceitar como Ana" in text(open_link(ana, invitation_in(mails(NEW)[0])))
    ana.post(HERE)
    assert ("Escritório C", "consult") in in_force(cast.ana)
    assert not User.objects.filter(email=NEW).exists()
    assert "Ana Souza" in page(carla, cast.office)
    assert "Convites à espera" not in page(carla, cast.office)


def test_whose_address_is_known_signs_in_and_no_password_is_set(
    cast: Cast, carla: Client, client: Client
) -> None:
    before = User.objects.get(pk=cast.ana.pk).password
    invite(carla, cast.office, email=cast.ana.email)
    shown = text(open_link(client, invitation_in(mails(cast.ana.email or "")[0])))
    assert "Entre para aceitar" in shown
    accept_as_new(client, cast.ana.email or "")
    assert User.objects.get(pk=cast.ana.pk).password == before
    assert not signed_in(client)
    assert sign_in(client, cast.ana.email or "", next=HERE)["Location"] == HERE
    client.post(HERE)
    assert ("Escritório C", "consult") in in_force(cast.ana)


def test_an_address_that_somebody_only_typed_is_not_theirs(
    cast: Cast, carla: Client, client: Client
) -> None:
    other = make_user("Outra Pessoa", email=NEW, typed=True)
    invite(carla, cast.office)
    accept_as_new(client)
    davi = User.objects.get(email=NEW, email_proof="link")
    assert davi != other
    assert not other.grants.exists()


def test_one_may_leave_and_accept_as_somebody_else(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    invite(carla, cast.office)
    ana = client_of(cast.ana)
    open_link(ana, invitation_in(mails(NEW)[0]))
    assert "Ainda não tenho cadastro" in text(ana.post(f"{HERE}sair/", follow=True))
    assert not signed_in(ana)


@pytest.mark.usefixtures("entrance")
def test_staff_and_an_e_cnpj_s_session_accept_nothing(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    invite(carla, cast.office)
    shown = e_cnpj(cast.unit_b1.cnpj, cast.ana.cpf or "")
    for browser, said in (
        (client_of(cast.atendente), "não aceita convites"),
        (client_with(shown), "não aceita convites"),
    ):
        assert said in text(open_link(browser, invitation_in(mails(NEW)[0])))
        assert browser.post(HERE).status_code == 200
    assert not Grant.objects.filter(source="invitation").exists()
    assert Invitation.objects.get().accepted_at is None


def test_a_link_opens_once(cast: Cast, carla: Client, client_of: ClientOf) -> None:
    invite(carla, cast.office)
    path = invitation_in(mails(NEW)[0])
    accept_as_new(Client())
    assert open_link(client_of(cast.ana), path).status_code == 410


def test_an_expired_invitation_says_so_and_can_be_sent_again(cast: Cast, carla: Client) -> None:
    invite(carla, cast.office)
    path = invitation_in(mails(NEW)[0])
    Invitation.objects.update(expires_at=timezone.now())
    assert open_link(Client(), path).status_code == 410
    assert "Vencido" in page(carla, cast.office)
    do(carla, "again")
    assert "Vencido" not in page(carla, cast.office)
    assert open_link(Client(), path).status_code == 410, "a newer link replaces it"
    assert open_link(Client(), invitation_in(mails(NEW)[1])).status_code == 200


def test_a_cancelled_invitation_opens_nothing_and_makes_room_for_another(
    cast: Cast, carla: Client
) -> None:
    invite(carla, cast.office)
    assert "Já há um convite à espera" in text(invite(carla, cast.office))
    do(carla, "cancel")
    assert open_link(Client(), invitation_in(mails(NEW)[0])).status_code == 410
    assert "foi aceito ou cancelado" in text(carla.post(
        reverse("accounts:team_invite_again", args=[cast.office.pk, Invitation.objects.get().pk]),
        follow=True,
    ))  # fmt: skip
    assert invite(carla, cast.office).status_code == 302


def test_an_expired_one_is_replaced_by_inviting_anew(cast: Cast, carla: Client) -> None:
    invite(carla, cast.office)
    Invitation.objects.update(expires_at=timezone.now())
    assert invite(carla, cast.office).status_code == 302
    assert Invitation.objects.standing().count() == 1


def test_who_has_access_is_not_invited_and_keeps_what_they_have(
    cast: Cast, carla: Client, client_of: ClientOf
) -> None:
    make_grant(cast.ana, cast.office, Grant.Level.ADMINISTER)
    assert "já tem acesso" in text(invite(carla, cast.office, email=cast.ana.email))
    invite(carla, cast.office)  # by an address that is not known as hers
    ana = client_of(cast.ana)
    open_link(ana, invitation_in(mails(NEW)[0]))
    response = ana.post(HERE)
    assert (response.status_code, "Você já tem acesso" in text(response)) == (409, True)
    assert ("Escritório C", "administer") in in_force(cast.ana)


@pytest.mark.parametrize("loss", ["access", "level", "services", "account", "company", "unit"])
def test_what_the_inviter_may_no_longer_give_is_not_given(cast: Cast, loss: str) -> None:
    token = invited(cast, access=NewAccess(places=[cast.unit_office], level="consult"))
    mine = Grant.objects.filter(user=cast.carla)
    {
        "access": lambda: mine.update(revoked_at=timezone.now()),
        "level": lambda: mine.update(level="operate"),
        "services": lambda: mine.update(scopes=["certificates"]),
        "account": lambda: User.objects.filter(pk=cast.carla.pk).update(is_active=False),
        "company": lambda: Company.objects.filter(pk=cast.office.pk).update(is_active=False),
        "unit": lambda: Unit.objects.filter(pk=cast.unit_office.pk).update(is_active=False),
    }[loss]()
    client = Client()
    open_link(client, reverse("accounts:open_invitation", args=[token]))
    both = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = client.post(HERE, {"name": "Davi Rocha", **both})
    assert response.status_code == 410
    assert "não pode mais dar este acesso" in text(response)
    assert not User.objects.filter(email=NEW).exists()
    assert Invitation.objects.get().accepted_at is None


def test_another_administrator_may_take_an_invitation_over(cast: Cast) -> None:
    token, dora = invited(cast), make_user("Dora Reis")
    make_grant(dora, cast.office, Grant.Level.ADMINISTER)
    Grant.objects.filter(user=cast.carla).update(revoked_at=timezone.now())
    row = Invitation.objects.get()
    token = invitations.invite_again(row, by=dora, at=timezone.now())
    invitations.accept(token, user=cast.ana, at=timezone.now())
    assert ("Escritório C", "consult") in in_force(cast.ana)


def test_units_of_others_and_services_one_lacks_are_not_offered(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        invited(cast, access=NewAccess(places=[cast.unit_a1], level="consult"))
    Grant.objects.filter(user=cast.carla).update(scopes=["invoices"])
    with pytest.raises(ValidationError):
        invited(cast)


@pytest.mark.parametrize("what", ["again", "cancel"])
def test_an_invitation_of_another_company_is_not_found(
    cast: Cast, client_of: ClientOf, what: str
) -> None:
    invited(cast)
    make_grant(cast.bruno, cast.company_b, Grant.Level.ADMINISTER, source="invitation")
    row, bruno = Invitation.objects.get(), client_of(cast.bruno)
    for company in (cast.office, cast.company_b):
        url = reverse(f"accounts:team_invite_{what}", args=[company.pk, row.pk])
        assert bruno.post(url).status_code == 404
    row.refresh_from_db()
    assert row.cancelled_at is None


def test_what_happened_is_noted_without_name_or_address(cast: Cast, carla: Client) -> None:
    invite(carla, cast.office, cpf=cast.ana.cpf)
    accept_as_new(Client())
    events = AuditEvent.objects.filter(chain=f"company:{cast.office.pk}").order_by("sequence")
    assert [event.action for event in events] == [
        "team.invited", "grant.given", "team.invitation_accepted",
    ]  # fmt: skip
    assert "avi" not in str([event.data for event in events])


def test_the_pages_of_a_link_that_is_over_tell_nothing(cast: Cast) -> None:
    known = invited(cast, email=cast.ana.email)
    Invitation.objects.update(expires_at=timezone.now())
    urls = [reverse("accounts:open_invitation", args=[token]) for token in (known, "x" * 43)]
    pages = [without_keys(open_link(Client(), url)).replace(url, "") for url in urls]
    assert pages[0] == pages[1]
