"""“My data”, an erasure, and the five years for which a power is kept."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import Grant, User
from portal.outbox.models import Entry
from proxies.powers.models import Power, PowerStep
from proxies.powers.services import forgetting, life
from proxies.powers.services.personal import personal_powers
from tests.factories import Cast, make_user
from tests.factories.powers import (
    make_accepted,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)
from tests.portal.erasing import erase

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]


def shown(user: User) -> str:
    found = {section: list(rows) for section, rows in personal_powers(user).items()}
    return json.dumps(found, ensure_ascii=False)


def test_both_sides_read_what_is_kept_of_them(cast: Cast):
    power = make_accepted(cast)
    for user in (cast.bruno, cast.carla):
        assert power.shown_code in shown(user)
    assert power.shown_code not in shown(cast.ana)


def test_a_cpf_that_was_only_typed_reads_nothing(cast: Cast):
    power = make_power(cast)
    typed = make_user("Carla Dias", typed=True, cpf=cast.carla.cpf)
    assert power.shown_code not in shown(typed)


def test_an_erasure_ends_the_person_s_powers_and_keeps_the_evidence(cast: Cast):
    active, waiting = make_accepted(cast), make_power(cast)
    record = bytes(active.record)
    erase(cast.carla, cast.admin)
    for power in (active, waiting):
        power.refresh_from_db()
        assert (power.status, power.grantee, power.grantee_email) == ("ended", None, "")
    assert bytes(active.record) == record
    assert not Grant.objects.filter(source=Grant.Source.PROXY, revoked_at=None).exists()
    assert not PowerStep.objects.filter(user=cast.carla).exists()
    ended = Entry.objects.filter(kind=Entry.Kind.MAIL, key__contains="power-ended")
    assert cast.carla.email not in {mail.recipient for mail in ended}


def test_an_erasure_of_who_granted_leaves_the_company_s_power_and_drops_drafts(cast: Cast):
    draft, power = make_draft_power(cast), make_accepted(cast)
    erase(cast.bruno, cast.admin)
    power.refresh_from_db()
    assert (power.status, power.signer) == ("active", None)
    assert not Power.objects.filter(pk=draft.pk).exists()
    assert Grant.objects.filter(source=Grant.Source.PROXY, revoked_at=None).exists()


def test_who_only_typed_the_grantee_s_cpf_ends_nothing_by_an_erasure(cast: Cast):
    power = make_power(cast)
    typed = make_user("Rui Reis", typed=True, cpf=cast.carla.cpf)
    erase(typed, cast.admin)
    power.refresh_from_db()
    assert power.status == "waiting"


def ended_on(power: Power, day: date) -> None:
    Power.objects.filter(pk=power.pk).update(ended_at=life.midnight(day) + timedelta(hours=12))


def test_it_is_kept_five_years_after_its_end_and_not_a_day_more(cast: Cast):
    power, live = make_accepted(cast), make_accepted(cast)
    life.renounce(power, by=with_e_cpf(cast.carla), at=timezone.now())
    ended_on(power, date(2024, 2, 29))
    last = life.midnight(date(2029, 2, 28)) + timedelta(hours=23)
    assert forgetting.forget_old(at=last) == 0
    assert forgetting.forget_old(at=life.midnight(date(2029, 3, 1))) == 1
    assert Power.objects.get() == live
    assert not PowerStep.objects.filter(power=power.pk).exists()


def test_its_file_goes_with_it(cast: Cast, django_capture_on_commit_callbacks):
    from portal.files.models import DoomedFile

    power = make_power(cast)
    life.revoke(power, by=with_e_cnpj(cast.bruno, cast.company_b.tax_id), at=timezone.now())
    Power.objects.filter(pk=power.pk).update(pdf_key="powers/pdf/x.pdf")
    ended_on(power, date(2020, 1, 1))
    forgetting.forget_old(at=timezone.now())
    assert DoomedFile.objects.filter(key="powers/pdf/x.pdf").exists()


def test_what_has_not_ended_is_never_forgotten(cast: Cast):
    make_accepted(cast)
    make_power(cast)
    Power.objects.update(created_at=timezone.now() - timedelta(days=4000))
    assert forgetting.forget_old(at=timezone.now()) == 0
