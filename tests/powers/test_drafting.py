"""Drafting a power of attorney: who may, what it may say, and what is refused."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from certificates.services import signers
from portal import desks
from portal.accounts.models import Grant, Unit
from portal.audit.models import AuditEvent
from proxies.powers.models import Power
from proxies.powers.services import drafting
from proxies.powers.services.refusals import CannotGrant
from proxies.powers.services.terms import latest_end
from tests.factories import Cast, a_cpf, make_company, make_unit
from tests.factories.powers import (
    days,
    in_session,
    make_draft_power,
    make_power,
    terms_for,
    with_e_cnpj,
    with_e_cpf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]


def refused(cast: Cast, **values) -> dict[str, list[str]]:
    """What is wrong with a draft of these terms; by Bruno, of company B, for Carla."""
    with pytest.raises(ValidationError) as caught:
        make_draft_power(cast, **values)
    assert not Power.objects.exists()
    return caught.value.message_dict


def test_the_draft_holds_what_was_asked_for_and_is_audited(cast: Cast):
    power = make_draft_power(cast, services=["tickets", "invoices", "tickets"])
    assert (power.status, power.means, power.cnpj) == ("draft", "", cast.company_b.tax_id)
    assert power.services == ["invoices", "tickets"]
    assert power.signer == cast.bruno
    assert power.signer_cpf == cast.bruno.cpf
    event = AuditEvent.objects.get(action="power.drafted")
    assert event.chain == f"company:{cast.company_b.pk}"


@pytest.mark.parametrize("how", ["password", "e-cpf"])
def test_only_a_session_of_an_e_cnpj_may_grant(cast: Cast, how: str):
    by = in_session(cast.bruno) if how == "password" else with_e_cpf(cast.bruno)
    assert not drafting.may_grant(by, at=timezone.now())
    with pytest.raises(CannotGrant):
        make_draft_power(cast, by=by)
    assert not Power.objects.exists()


def test_an_e_cnpj_that_nobody_knows_grants_nothing(cast: Cast):
    stranger = make_company("Outra")
    by = with_e_cnpj(cast.bruno, stranger.tax_id)
    assert refused(cast, by=by).keys() == {"company"}


def test_the_whole_company_is_given_only_with_its_own_e_cnpj(cast: Cast):
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    assert drafting.grantable_places(by, at=timezone.now()).companies == []
    assert refused(cast, by=by).keys() == {"company"}
    assert make_draft_power(cast, by=by, units=[cast.unit_b1]).units.get() == cast.unit_b1


def test_units_of_another_company_or_that_the_certificate_does_not_open_are_refused(cast: Cast):
    by = with_e_cnpj(cast.bruno, cast.unit_b1.cnpj)
    for unit in (cast.unit_a1, make_unit(cast.company_b, "Filial")):
        assert refused(cast, by=by, units=[cast.unit_b1, unit]).keys() == {"units"}


def test_a_unit_of_two_companies_of_one_root_is_given_with_its_own_company(cast: Cast):
    """With a certificate that opens its root, units of another company are still another's."""
    cast.provider.certificate_opens_root = True
    cast.provider.save()
    root = cast.company_b.tax_id[:8]
    other = make_company("Coligada", tax_id=f"{root}000999"[:14])
    foreign = Unit.objects.create(company=other, code="X1", name="X", cnpj=f"{root}000777")
    assert refused(cast, units=[foreign]).keys() == {"units"}


def test_a_cpf_that_is_wrong_or_one_s_own_is_refused(cast: Cast):
    assert refused(cast, grantee_cpf="123").keys() == {"grantee_cpf"}
    own = refused(cast, grantee_cpf=cast.bruno.cpf)
    assert "próprio CPF" in own["grantee_cpf"][0]


def test_what_is_typed_with_marks_and_blanks_is_kept_without(cast: Cast):
    cpf = a_cpf()
    power = make_draft_power(
        cast, grantee_cpf=f" {cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}", grantee_name=" Eva  Sá ",
        grantee_email=" EVA@Exemplo.com.br ",
    )  # fmt: skip
    assert (power.grantee_cpf, power.grantee_name) == (cpf, "Eva Sá")
    assert power.grantee_email == "eva@exemplo.com.br"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grantee_name", "  "), ("grantee_name", "x" * 121), ("grantee_email", "eva"),
        ("office_cnpj", "123"), ("services", []), ("services", ["nothing"]),
        ("level", Grant.Level.ADMINISTER), ("level", "owner"),
    ],
)  # fmt: skip
def test_each_field_says_what_is_wrong_with_it(cast: Cast, field: str, value: object):
    assert refused(cast, **{field: value}).keys() == {field}


def test_what_only_a_whole_company_has_is_not_offered_over_units(cast: Cast):
    names = {one.name for one in drafting.offered_services(False)}
    assert "proxies" not in names
    assert {one.name for one in drafting.offered_services(True)} == set(desks.services())
    wrong = refused(
        cast, by=with_e_cnpj(cast.bruno, cast.unit_b1.cnpj), units=[cast.unit_b1],
        services=["proxies"],
    )  # fmt: skip
    assert wrong.keys() == {"services"}


# Days


@pytest.mark.parametrize(
    ("start", "latest"),
    [
        (date(2026, 11, 27), date(2031, 11, 27)),
        (date(2028, 2, 29), date(2033, 3, 1)),  # a day that the fifth year lacks: the next one
        (date(2027, 2, 28), date(2032, 2, 28)),
        (date(2027, 3, 1), date(2032, 3, 1)),
        (date(2026, 12, 31), date(2031, 12, 31)),
    ],
)
def test_five_years_end_on_the_day_of_the_same_number(start: date, latest: date):
    assert latest_end(start) == latest


def test_it_may_last_five_years_and_not_a_day_more(cast: Cast):
    last = latest_end(days(0))
    assert make_draft_power(cast, ends_on=last).ends_on == last
    Power.objects.all().delete()
    assert refused(cast, ends_on=last + timedelta(days=1)).keys() == {"ends_on"}


def test_it_may_begin_today_and_last_a_day_but_not_begin_yesterday_nor_end_before(cast: Cast):
    assert make_draft_power(cast, starts_on=days(0), ends_on=days(0))
    Power.objects.all().delete()
    assert refused(cast, starts_on=days(-1)).keys() == {"starts_on"}
    assert refused(cast, starts_on=days(3), ends_on=days(2)).keys() == {"ends_on"}


def test_today_is_brasilia_s(cast: Cast):
    """At 01:00 UTC it is still yesterday in Brasília."""
    late = timezone.now().replace(hour=1, minute=0)
    yesterday = timezone.localdate(late)
    power = make_draft_power(cast, at=late, starts_on=yesterday, ends_on=yesterday)
    assert power.starts_on == yesterday


# The rest


def test_without_a_signer_nothing_is_drafted(cast: Cast, settings, monkeypatch):
    monkeypatch.setattr(signers, "fallback_signers", [])
    with pytest.raises(CannotGrant, match="selar"):
        make_draft_power(cast)


def test_a_similar_one_is_warned_of_and_another_place_person_or_service_is_not(cast: Cast):
    make_power(cast)
    now = timezone.now()
    assert drafting.similar(terms_for(cast.carla, cast.company_b), at=now).count() == 1
    for other in (
        terms_for(cast.ana, cast.company_b),
        terms_for(cast.carla, cast.company_b, services=["tickets"]),
        terms_for(cast.carla, cast.company_b, units=[cast.unit_b1]),
    ):
        assert not drafting.similar(other, at=now)


def test_a_draft_is_nothing_that_is_warned_of(cast: Cast):
    make_draft_power(cast)
    assert not drafting.similar(terms_for(cast.carla, cast.company_b), at=timezone.now())


def test_a_draft_is_discarded_by_who_made_it_alone(cast: Cast):
    bruno = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    power = make_draft_power(cast, by=bruno)
    for other in (with_e_cnpj(cast.ana, cast.company_b.tax_id), in_session(cast.bruno)):
        with pytest.raises(CannotGrant):
            drafting.discard(power, by=other, at=timezone.now())
    drafting.discard(power, by=bruno, at=timezone.now())
    assert not Power.objects.exists()
    assert AuditEvent.objects.filter(action="power.discarded").exists()


def test_one_that_was_granted_is_never_discarded(cast: Cast):
    bruno = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    power = make_draft_power(cast, by=bruno)
    Power.objects.filter(pk=power.pk).update(
        status="waiting", means="session", granted_at=timezone.now()
    )
    with pytest.raises(CannotGrant):  # the page was open since before
        drafting.discard(power, by=bruno, at=timezone.now())
    assert Power.objects.exists()
