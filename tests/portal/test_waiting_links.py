"""Staff send the links that people wait for once more, or withdraw them; who waits is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Invitation, PendingRegistration
from portal.accounts.services import registration
from portal.accounts.services.links import LinkOver
from portal.audit.models import AuditEvent
from portal.ui.once import TOKEN
from tests.factories import Cast
from tests.portal.entrance import mails
from tests.portal.invitations import NEW, accept_as_new, invitation_in, invite, open_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(cast: Cast, client_of) -> Client:
    return client_of(cast.atendente)


@pytest.fixture
def invitation(cast: Cast, client_of) -> Invitation:
    invite(client_of(cast.carla), cast.office)
    return Invitation.objects.get()


def press(staff: Client, act: str, row: Any) -> str:
    """Ask, then do it; the page that follows."""
    address = reverse(f"accounts:{act}", args=[row.pk])
    assert staff.get(address).status_code == 200
    return staff.post(address, follow=True).content.decode()


def test_staff_see_what_became_of_an_invitation_and_where_to_act(staff, invitation) -> None:
    page = staff.get("/admin/accounts/invitation/").content.decode()
    send = reverse("accounts:invitation_send", args=[invitation.pk])
    assert NEW in page
    assert "Aguardando a abertura do link" in page
    assert f'href="{send}"' in page
    invitation.expires_at = timezone.now() - timedelta(hours=1)
    assert invitation.state_at(timezone.now()) == "Vencido"


def test_staff_send_an_expired_invitation_again_in_the_name_of_who_invited(
    cast: Cast, staff, invitation, client
) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert "O link está a caminho de novo" in press(staff, "invitation_send", invitation)
    invitation.refresh_from_db()
    assert invitation.created_by == cast.carla
    assert AuditEvent.objects.get(action="team.invited_again").actor_id == cast.atendente.pk
    old, _new = (invitation_in(mail) for mail in mails(NEW))
    assert open_link(Client(), old).status_code == 410
    assert accept_as_new(client).status_code == 302
    assert "foi aceito, retirado ou esquecido" in press(staff, "invitation_send", invitation)


def test_a_withdrawn_invitation_says_so_to_the_invited_and_to_the_company(
    cast: Cast, staff, invitation, client, client_of
) -> None:
    assert "Foi retirado" in press(staff, "invitation_withdraw", invitation)
    page = open_link(client, invitation_in(mails(NEW)[-1]))
    assert page.status_code == 410
    assert "Ele foi retirado" in page.content.decode()
    team = client_of(cast.carla).get(reverse("accounts:team_of", args=[cast.office.pk]))
    text = team.content.decode()
    assert "Convites retirados pelo prestador" in text
    assert NEW in text
    assert AuditEvent.objects.get(action="team.invitation_cancelled").actor_id == cast.atendente.pk


def test_what_the_inviter_may_no_longer_give_is_not_sent_again(cast, staff, invitation) -> None:
    cast.carla.grants.update(valid_until=timezone.now())
    assert "Quem convidou já não pode dar este acesso" in press(
        staff, "invitation_send", invitation
    )
    assert len(mails(NEW)) == 1


def test_a_link_asked_for_twice_by_one_form_is_sent_once(staff, invitation) -> None:
    address = reverse("accounts:invitation_send", args=[invitation.pk])
    first, second = (staff.post(address, {TOKEN: "a" * 64}) for _i in range(2))
    assert first["Location"] == second["Location"]
    assert len(mails(NEW)) == 2  # the company's own, and one more


def test_one_address_gets_few_links_an_hour(staff, invitation) -> None:
    address = reverse("accounts:invitation_send", args=[invitation.pk])
    answers = [staff.post(address).status_code for _i in range(6)]
    assert answers == [302] * 5 + [429]


def test_who_only_looks_at_people_sends_and_withdraws_nothing(cast, client_of, invitation) -> None:
    browser = client_of(cast.agente)
    for act in ("send", "withdraw"):
        address = reverse(f"accounts:invitation_{act}", args=[invitation.pk])
        assert browser.post(address).status_code == 403
    assert Invitation.objects.standing().exists()


def test_a_registration_that_waits_can_be_withdrawn_once(cast: Cast, staff) -> None:
    row = PendingRegistration.objects.create(
        desk="x", email="gil@exemplo.com.br", digest="d" * 64, expires_at=timezone.now()
    )
    assert (
        "gil@exemplo.com.br" in staff.get("/admin/accounts/pendingregistration/").content.decode()
    )
    assert "Foi retirado" in press(staff, "registration_withdraw", row)
    assert not PendingRegistration.objects.exists()
    assert AuditEvent.objects.filter(action="account.registration_withdrawn").count() == 1
    with pytest.raises(LinkOver):
        registration.withdraw(row, by=cast.atendente, at=timezone.now())
    assert AuditEvent.objects.filter(action="account.registration_withdrawn").count() == 1
