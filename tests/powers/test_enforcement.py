"""What an accepted power opens: its services, its places, its days, to a session of the e-CPF alone."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Grant, Unit, User
from portal.audit.models import AuditEvent
from portal.audit.services import record
from proxies.powers.models import Power
from proxies.powers.services import life
from tests.factories import Cast, make_company, make_grant, make_unit
from tests.factories.powers import (
    days,
    in_session,
    make_accepted,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)
from tests.portal.certificate_entry import client_with, e_cpf, entrance  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.both, pytest.mark.usefixtures("demo_signer")]


def opened(user: User, service: str, *, at=None) -> list[Unit]:
    """The units of company B that the session opens in a service."""
    return list(Unit.objects.visible_to(user, at=at, service=service).order_by("pk"))


def test_the_service_that_it_names_is_open_and_no_other(cast: Cast):
    make_accepted(cast, services=["invoices"])
    carla = with_e_cpf(cast.carla)
    assert cast.unit_b1 in opened(carla, "invoices")
    for other in ("tickets", "orders", "certificates", "proxies"):
        assert cast.unit_b1 not in opened(carla, other), other


def test_over_one_unit_the_company_s_others_stay_closed(cast: Cast):
    other = make_unit(cast.company_b, "Filial")
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    make_accepted(cast, by=by, units=[cast.unit_b1])
    found = opened(with_e_cpf(cast.carla), "invoices")
    assert cast.unit_b1 in found
    assert other not in found


def test_a_password_opens_nothing_of_it(cast: Cast):
    make_accepted(cast)
    assert cast.unit_b1 not in opened(in_session(cast.carla), "invoices")
    assert cast.unit_b1 in opened(with_e_cpf(cast.carla), "invoices")


def test_a_password_session_keeps_what_a_grant_of_another_kind_opens(cast: Cast):
    make_accepted(cast)
    make_grant(cast.carla, cast.unit_b1)
    assert cast.unit_b1 in opened(in_session(cast.carla), "invoices")


def test_an_e_cnpj_opens_nothing_of_the_powers_of_whom_it_names(cast: Cast):
    make_accepted(cast)
    by = with_e_cnpj(cast.carla, cast.office.tax_id)
    assert cast.unit_b1 not in opened(by, "invoices")


def test_it_opens_from_midnight_of_its_first_day_to_midnight_after_its_last(cast: Cast):
    make_accepted(cast, starts_on=days(2), ends_on=days(4))
    carla = with_e_cpf(cast.carla)
    minute = timedelta(minutes=1)
    first, end = life.midnight(days(2)), life.midnight(days(5))
    for at, is_open in [
        (first - minute, False), (first, True), (end - minute, True), (end, False),
    ]:  # fmt: skip
        assert (cast.unit_b1 in opened(carla, "invoices", at=at)) == is_open, at


def test_one_that_begins_today_opens_at_once(cast: Cast):
    make_accepted(cast, starts_on=days(0), ends_on=days(0))
    assert cast.unit_b1 in opened(with_e_cpf(cast.carla), "invoices")


def test_a_level_of_consulting_does_not_operate(cast: Cast):
    make_accepted(cast, level=Grant.Level.CONSULT)
    held = Grant.objects.held_by(with_e_cpf(cast.carla), timezone.now(), service="invoices")
    assert [g.level for g in held.filter(company=cast.company_b)] == ["consult"]


# Sessions, by the real login


@pytest.mark.usefixtures("entrance")
def test_revoking_ends_the_grantee_s_sessions_of_the_e_cpf_and_leaves_the_password_s(
    cast: Cast, client_of
):
    power = make_accepted(cast)
    by_password: Client = client_of(cast.carla)
    by_certificate = client_with(e_cpf(cast.carla.cpf))
    assert by_certificate.get("/conta/").status_code in (200, 302, 404)
    assert len(sessions(cast.carla)) == 1
    life.revoke(power, by=with_e_cnpj(cast.bruno, cast.company_b.tax_id), at=timezone.now())
    assert sessions(cast.carla) == []
    assert "_auth_user_id" not in by_certificate.session
    assert "_auth_user_id" in by_password.session


@pytest.mark.usefixtures("entrance")
def test_revoking_what_was_never_accepted_ends_no_session(cast: Cast):
    power = make_accepted(cast)
    Power.objects.filter(pk=power.pk).update(status="waiting", grantee=None)
    Grant.objects.filter(source=Grant.Source.PROXY).delete()
    client_with(e_cpf(cast.carla.cpf))
    power = Power.objects.get(pk=power.pk)
    life.revoke(power, by=with_e_cnpj(cast.bruno, cast.company_b.tax_id), at=timezone.now())
    assert len(sessions(cast.carla)) == 1


def sessions(user: User) -> list[str]:
    """Keys of the person's sessions that are there and were opened by an e-CPF."""
    keys = UserSession.objects.filter(user=user).values_list("session_key", flat=True)
    return [
        one.session_key
        for one in Session.objects.filter(session_key__in=list(keys))
        if one.get_decoded().get("opening", {}).get("means") == "e-cpf"
    ]


# The audit says by which power


def test_what_is_done_by_a_power_is_audited_with_it(cast: Cast):
    power = make_accepted(cast)
    record("document.downloaded", company=cast.company_b.pk, actor=with_e_cpf(cast.carla))
    assert AuditEvent.objects.latest("pk").data == {"power": [str(power.pk)]}


def test_without_a_power_or_with_access_of_another_kind_the_audit_names_none(cast: Cast):
    make_accepted(cast)
    carla = with_e_cpf(cast.carla)
    record("x.done", company=cast.office.pk, actor=carla)
    assert AuditEvent.objects.latest("pk").data == {}
    record("x.done", company=cast.company_b.pk, actor=in_session(cast.carla))
    assert AuditEvent.objects.latest("pk").data == {}
    make_grant(cast.carla, cast.unit_b1)
    record("x.done", company=cast.company_b.pk, actor=carla)
    assert AuditEvent.objects.latest("pk").data == {}


def test_of_two_powers_both_are_named_and_one_over_a_unit_counts(cast: Cast):
    first = make_accepted(cast)
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    second = make_accepted(cast, by=by, units=[cast.unit_b1])
    found = with_e_cpf(cast.carla).power_at(cast.company_b.pk, timezone.now())
    assert found == sorted([str(first.pk), str(second.pk)])


def test_asking_costs_one_query_and_none_in_other_sessions(cast: Cast, django_assert_num_queries):
    make_accepted(cast)
    carla, other = with_e_cpf(cast.carla), in_session(cast.carla)
    with django_assert_num_queries(1):
        carla.power_at(cast.company_b.pk, timezone.now())
    with django_assert_num_queries(0):
        other.power_at(cast.company_b.pk, timezone.now())
        cast.bruno.power_at(cast.company_b.pk, timezone.now())


# Who sees a power


def test_each_side_sees_its_own_and_strangers_none(cast: Cast):
    power = make_accepted(cast)
    admin_b = with_e_cnpj(cast.ana, cast.company_b.tax_id)
    for user, sees in [
        (with_e_cnpj(cast.bruno, cast.company_b.tax_id), True),
        (admin_b, True),
        (in_session(cast.carla), True),
        (with_e_cpf(cast.carla), True),
        (cast.admin, True),
        (cast.agente, True),
        (in_session(cast.bruno), False),  # operates the company, and does not administer it
        (with_e_cpf(cast.ana), False),
        (with_e_cnpj(cast.bruno, cast.unit_b1.cnpj), False),
        (with_e_cnpj(cast.carla, cast.office.tax_id), False),
        (cast.faturista, False),
    ]:
        assert (power in Power.objects.visible_to(user)) == sees, (user, user.opening)
        assert (power in Power.objects.granted(user) | Power.objects.received(user)) == (
            sees and not user.is_staff
        )


def test_a_draft_is_seen_by_who_made_it_alone(cast: Cast):
    bruno = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    draft = make_draft_power(cast, by=bruno)
    assert draft in Power.objects.visible_to(bruno)
    for other in (
        with_e_cnpj(cast.ana, cast.company_b.tax_id), with_e_cpf(cast.carla), cast.admin,
        in_session(cast.bruno),
    ):  # fmt: skip
        assert draft not in Power.objects.visible_to(other)


def test_a_cpf_that_was_only_typed_sees_nothing(cast: Cast):
    power = make_accepted(cast)
    User.objects.filter(pk=cast.carla.pk).update(cpf_proof="", cpf_proven_at=None)
    assert power not in Power.objects.visible_to(in_session(cast.carla))


def test_an_administrator_of_another_company_does_not_see_it(cast: Cast):
    power = make_accepted(cast)
    other = make_company("Outra")
    make_grant(cast.ana, other, Grant.Level.ADMINISTER)
    assert power not in Power.objects.visible_to(in_session(cast.ana))


@pytest.mark.parametrize("state", ["waiting", "active", "future", "ending", "expired", "revoked"])
def test_the_list_by_state_and_the_row_agree(cast: Cast, state: str):
    today = days(0)
    make_accepted(cast)
    make_accepted(cast, starts_on=days(5))
    make_accepted(cast, ends_on=days(30))
    Power.objects.filter(pk=make_accepted(cast).pk).update(starts_on=days(-9), ends_on=days(-1))
    make_power(cast)
    Power.objects.filter(pk=make_power(cast).pk).update(starts_on=days(-9), ends_on=days(-1))
    gone = make_power(cast)
    life.revoke(gone, by=with_e_cnpj(cast.bruno, cast.company_b.tax_id), at=timezone.now())
    listed = set(Power.objects.in_state(state, today))
    assert listed == {power for power in Power.objects.all() if power.state(today) == state}
    assert listed
