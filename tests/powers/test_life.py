"""What becomes of a power: accepted, declined, renounced, revoked, ended, expired."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.accounts.models import Company, Grant, Unit, User
from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from portal.transitions import IllegalTransition
from proxies.powers.models import Power, State
from proxies.powers.services import life, records
from proxies.powers.services.refusals import CannotAccept
from tests.factories import Cast, make_grant, make_unit, make_user
from tests.factories.powers import (
    days,
    in_session,
    make_accepted,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]


def grants() -> list[Grant]:
    return list(Grant.objects.filter(source=Grant.Source.PROXY).order_by("pk"))


def live_grants() -> list[Grant]:
    return [grant for grant in grants() if grant.revoked_at is None]


def status(power: Power) -> str:
    return Power.objects.values_list("status", flat=True).get(pk=power.pk)


# Accepting


def test_acceptance_gives_what_the_power_says_and_nothing_more(cast: Cast):
    power = make_power(cast, services=["invoices", "tickets"], level="consult")
    life.accept(power, by=with_e_cpf(cast.carla), at=timezone.now())
    (grant,) = grants()
    assert (grant.user, grant.company, grant.unit) == (cast.carla, cast.company_b, None)
    assert (grant.level, grant.scopes) == ("consult", ["invoices", "tickets"])
    assert (grant.source_key, grant.created_by) == (str(power.pk), cast.bruno)
    assert timezone.localtime(grant.valid_from).isoformat()[:19] == f"{power.starts_on}T00:00:00"
    assert grant.last_day == power.ends_on
    assert power.grantee == cast.carla


def test_over_units_each_gets_a_grant(cast: Cast):
    cnpj = cast.unit_b1.cnpj
    unit = make_unit(cast.company_b, "Filial", cnpj=cnpj)
    by = with_e_cnpj(cast.bruno, cnpj)
    power = make_power(cast, by=by, units=[cast.unit_b1, unit])
    life.accept(power, by=with_e_cpf(cast.carla), at=timezone.now())
    assert [grant.unit for grant in grants()] == [cast.unit_b1, unit]


def test_units_that_were_deleted_never_make_it_the_whole_company(cast: Cast):
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    power = make_power(cast, by=by, units=[cast.unit_b1])
    Unit.objects.filter(pk=cast.unit_b1.pk).delete()
    with pytest.raises(CannotAccept):
        life.accept(power, by=with_e_cpf(cast.carla), at=timezone.now())
    assert not grants()
    assert status(power) == "waiting"


@pytest.mark.parametrize("session", ["password", "e-CNPJ", "none"])
def test_only_a_session_of_the_e_cpf_accepts(cast: Cast, session: str):
    power = make_power(cast)
    by = {
        "password": lambda: in_session(cast.carla),
        "e-CNPJ": lambda: with_e_cnpj(cast.carla, cast.office.tax_id),
        "none": lambda: cast.carla,
    }[session]()
    with pytest.raises(CannotAccept):
        life.accept(power, by=by, at=timezone.now())
    assert not grants()


def test_the_e_cpf_of_another_and_a_cpf_that_was_only_typed_accept_nothing(cast: Cast):
    power = make_power(cast)
    typed = make_user("Carla Dias", typed=True, cpf=cast.carla.cpf)
    for person in (cast.ana, typed):
        with pytest.raises(CannotAccept):
            life.accept(power, by=with_e_cpf(person), at=timezone.now())
    assert status(power) == "waiting"


def test_staff_are_told_that_they_cannot_accept(cast: Cast):
    power = make_power(cast, grantee=cast.agente)
    with pytest.raises(CannotAccept, match="equipe"):
        life.accept(power, by=with_e_cpf(cast.agente), at=timezone.now())
    life.decline(power, by=with_e_cpf(cast.agente), at=timezone.now())
    assert status(power) == "declined"


def test_it_is_accepted_on_the_last_day_and_not_on_the_next(cast: Cast):
    power, late = make_power(cast, ends_on=days(0)), make_power(cast, ends_on=days(0))
    end = life.midnight(days(1))
    carla = with_e_cpf(cast.carla)
    with pytest.raises(CannotAccept, match="último dia"):
        life.accept(late, by=carla, at=end)
    life.accept(power, by=carla, at=end - timedelta(minutes=1))
    assert status(power) == "active"


def test_what_is_over_or_was_answered_is_not_accepted(cast: Cast):
    power = make_power(cast)
    twin = Power.objects.get(pk=power.pk)
    carla = with_e_cpf(cast.carla)
    life.accept(power, by=carla, at=timezone.now())
    with pytest.raises(IllegalTransition):
        life.accept(twin, by=carla, at=timezone.now())
    with pytest.raises(CannotAccept):
        life.accept(make_draft_power(cast), by=with_e_cpf(cast.ana), at=timezone.now())
    with pytest.raises(IllegalTransition):
        life.accept(make_draft_power(cast), by=carla, at=timezone.now())
    assert len(grants()) == 1


def test_of_a_company_that_is_not_active_nothing_is_accepted(cast: Cast):
    power = make_power(cast)
    Company.objects.filter(pk=cast.company_b.pk).update(is_active=False)
    power.refresh_from_db()
    with pytest.raises(CannotAccept):
        life.accept(Power.objects.get(pk=power.pk), by=with_e_cpf(cast.carla), at=timezone.now())


# Refusing and giving back


def test_declining_needs_no_certificate_and_opens_nothing(cast: Cast):
    power = make_power(cast)
    life.decline(power, by=in_session(cast.carla), at=timezone.now(), note="Não sou mais contadora")
    assert status(power) == "declined"
    assert power.status_note == "Não sou mais contadora"
    assert not grants()
    with pytest.raises(CannotAccept):
        life.decline(make_power(cast), by=in_session(cast.ana), at=timezone.now())


def test_renouncing_ends_the_access_at_once(cast: Cast):
    power = make_accepted(cast)
    life.renounce(power, by=in_session(cast.carla), at=timezone.now())
    assert status(power) == "renounced"
    assert grants()
    assert not live_grants()
    with pytest.raises(IllegalTransition):
        life.renounce(power, by=in_session(cast.carla), at=timezone.now())


# Revoking


def test_a_session_of_the_e_cnpj_revokes_even_what_another_granted(cast: Cast):
    power = make_accepted(cast)
    ana = with_e_cnpj(cast.ana, cast.company_b.tax_id)  # answers for the company now
    assert power.is_of_another_signer(ana)
    life.revoke(power, by=ana, at=timezone.now())
    assert status(power) == "revoked"
    assert not live_grants()


def test_an_administrator_of_the_whole_company_revokes_with_a_password(cast: Cast):
    eva = make_user("Eva Reis")
    make_grant(eva, cast.company_b, Grant.Level.ADMINISTER)
    life.revoke(make_accepted(cast), by=in_session(eva), at=timezone.now())
    assert not live_grants()


@pytest.mark.parametrize("who", ["carla", "ana", "bruno", "another e-CNPJ", "admin"])
def test_nobody_else_revokes(cast: Cast, who: str):
    """The grantee renounces, the operator of the company does not speak for it, staff have a page."""
    power = make_accepted(cast)
    by = (
        with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
        if who == "another e-CNPJ"
        else in_session(getattr(cast, who))
    )
    with pytest.raises(CannotAccept):
        life.revoke(power, by=by, at=timezone.now())
    assert len(live_grants()) == 1


def test_revoking_while_it_is_accepted_leaves_no_access(cast: Cast):
    """Who revokes has read it while it still waited."""
    power = make_power(cast)
    stale = Power.objects.get(pk=power.pk)
    life.accept(power, by=with_e_cpf(cast.carla), at=timezone.now())
    life.revoke(stale, by=with_e_cnpj(cast.bruno, cast.company_b.tax_id), at=timezone.now())
    assert not live_grants()
    told = Entry.objects.filter(kind=Entry.Kind.MAIL, key__contains="revoked").get()
    assert told.recipient == cast.carla.email


def test_accepting_what_was_revoked_meanwhile_is_refused(cast: Cast):
    power = make_power(cast)
    stale = Power.objects.get(pk=power.pk)
    life.revoke(power, by=with_e_cnpj(cast.bruno, cast.company_b.tax_id), at=timezone.now())
    with pytest.raises(IllegalTransition):
        life.accept(stale, by=with_e_cpf(cast.carla), at=timezone.now())
    assert not grants()


def test_staff_revoke_with_the_permission_and_a_reason(cast: Cast):
    power = make_accepted(cast)
    with pytest.raises(ValidationError):
        life.revoke_by_staff(power, reason=" ", by=cast.admin, at=timezone.now())
    with pytest.raises(CannotAccept):
        life.revoke_by_staff(power, reason="Ofício 12", by=cast.faturista, at=timezone.now())
    life.revoke_by_staff(power, reason="Ofício 12", by=cast.admin, at=timezone.now())
    assert (status(power), power.status_note) == ("revoked", "Ofício 12")
    assert records.read(power.steps.latest("pk").record)["reason"] == "Ofício 12"
    with pytest.raises(IllegalTransition):
        life.revoke_by_staff(power, reason="Outra", by=cast.admin, at=timezone.now())


# By itself


def test_it_expires_the_day_after_its_last(cast: Cast):
    active, waiting = make_accepted(cast, ends_on=days(5)), make_power(cast, ends_on=days(5))
    end = life.midnight(days(6))
    assert active.state(days(5)) == State.ENDING
    assert active.state(days(6)) == State.EXPIRED  # before the beat has come
    assert life.end_due(at=end - timedelta(minutes=1)) == 0
    assert life.end_due(at=end) == 2
    assert (status(active), status(waiting)) == ("expired", "expired")
    assert life.end_due(at=end) == 0


@pytest.mark.parametrize("gone", ["grantee", "staff", "deleted", "company", "waiting"])
def test_it_ends_with_the_grantee_or_the_company(cast: Cast, gone: str):
    eva = make_user("Eva Reis")
    power = make_power(cast, grantee=eva)
    if gone != "waiting":
        life.accept(power, by=with_e_cpf(eva), at=timezone.now())
    other = make_accepted(cast, company=cast.company_b) if gone != "company" else None
    if gone == "company":
        Company.objects.filter(pk=cast.company_b.pk).update(is_active=False)
    elif gone == "deleted":
        User.objects.get(pk=eva.pk).delete()
    elif gone == "staff":
        User.objects.filter(pk=eva.pk).update(is_staff=True)
    else:
        User.objects.filter(pk=eva.pk).update(is_active=False)
    assert life.end_left(at=timezone.now()) == 1
    assert status(power) == "ended"
    assert not Grant.objects.filter(source_key=str(power.pk), revoked_at=None).exists()
    assert other is None or status(other) == "active"
    assert power.steps.latest("pk").user is None


def test_drafts_are_thrown_away_after_two_days(cast: Cast):
    draft, power = make_draft_power(cast), make_power(cast)
    assert life.discard_old(at=draft.created_at + timedelta(hours=48)) == 0
    assert life.discard_old(at=draft.created_at + timedelta(hours=48, seconds=1)) == 1
    assert Power.objects.get() == power


# Traces


def test_each_step_is_a_record_and_an_audit_of_the_company(cast: Cast):
    power = make_accepted(cast)
    life.renounce(power, by=with_e_cpf(cast.carla), at=timezone.now(), note="Mudei")
    kinds = [records.read(step.record)["step"] for step in power.steps.all()]
    assert kinds == ["granted", "accepted", "renounced"]
    actions = (
        AuditEvent.objects.filter(chain=f"company:{cast.company_b.pk}", action__startswith="power.")
        .order_by("sequence")
        .values_list("action", "actor")
    )
    assert list(actions) == [
        ("power.drafted", cast.bruno.pk), ("power.granted", cast.bruno.pk),
        ("power.accepted", cast.carla.pk), ("power.renounced", cast.carla.pk),
    ]  # fmt: skip
    assert Entry.objects.filter(name="powers.seal").count() == 3


def test_the_company_is_told_of_an_answer_and_the_grantee_of_an_end(cast: Cast):
    eva = make_user("Eva Reis")
    make_grant(eva, cast.company_b, Grant.Level.ADMINISTER)
    power = make_accepted(cast)
    told = Entry.objects.filter(kind=Entry.Kind.MAIL, key__contains="accepted")
    assert {mail.recipient for mail in told} == {eva.email, cast.bruno.email}
    life.revoke(power, by=in_session(eva), at=timezone.now())
    told = Entry.objects.filter(kind=Entry.Kind.MAIL, key__contains="revoked")
    assert {mail.recipient for mail in told} == {cast.carla.email}
