"""Certificates that the portal remembers: once each, for whom they concern and nobody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from certificates.icp import Kind
from certificates.models import CertificateUse, KnownCertificate
from certificates.services import install_pfx
from certificates.services.known import (
    Origin,
    companies_to_watch_for,
    company_named,
    delete_unused,
    end_signing_use,
    forget_person,
    keep_certificate,
    manageable_uses,
    record_login,
    record_use,
    stop_watching,
    upload,
    watch_again,
)
from portal.accounts.models import Grant
from portal.accounts.opening import Means, Opening
from tests.certificates import authority
from tests.certificates.known import a_record
from tests.factories import Cast, a_cnpj, make_grant, make_unit, make_user

pytestmark = pytest.mark.django_db


def seen_by(user: object) -> set[str]:
    return set(KnownCertificate.objects.visible_to(user).values_list("sha256", flat=True))


def test_remembering_twice_is_one_certificate_and_one_use(cast: Cast):
    record, now = a_record(Kind.E_CPF, cast.ana.cpf), timezone.now()
    first = record_use(record, origin=Origin.LOGIN, user=cast.ana, at=now)
    later = now + timedelta(hours=3)
    assert record_use(record, origin=Origin.LOGIN, user=cast.ana, at=later) == first
    use = CertificateUse.objects.get()
    assert (use.first_at, use.last_at) == (now, later)
    record_use(record, origin=Origin.LOGIN, user=cast.ana, at=now)  # comes late: nothing goes back
    use.refresh_from_db()
    assert use.last_at == later


def test_the_public_part_and_what_it_says_are_kept(cast: Cast):
    record = a_record(tax_id=cast.company_b.tax_id, policy="A3")
    made = record_use(record, origin=Origin.LOGIN, user=cast.bruno, at=timezone.now())
    made.refresh_from_db()
    assert bytes(made.der) == record.der
    assert (made.kind, made.tax_id, made.policy) == ("e-cnpj", cast.company_b.tax_id, "A3")
    assert (made.not_before, made.not_after) == (record.not_before, record.not_after)


def test_a_login_is_noted_for_the_person_and_for_the_company_that_the_certificate_names(cast: Cast):
    record = a_record(tax_id=cast.unit_b1.cnpj)
    record_use(record, origin=Origin.LOGIN, user=cast.carla, at=timezone.now())
    uses = CertificateUse.objects.order_by("pk")
    assert [(use.user, use.company) for use in uses] == [
        (cast.carla, None), (None, cast.company_b),
    ]  # fmt: skip


def test_what_was_met_at_the_entrance_is_noted_when_its_holder_comes_in(cast: Cast):
    now = timezone.now()
    own, of_b = a_record(Kind.E_CPF, cast.ana.cpf), a_record(tax_id=cast.company_b.tax_id)
    keep_certificate(own, at=now)
    keep_certificate(of_b, at=now)
    assert seen_by(cast.ana) == seen_by(cast.bruno) == set()
    record_login(own.sha256, user=cast.ana, at=now)
    record_login(of_b.sha256, user=cast.carla, at=now)
    record_login("0" * 64, user=cast.ana, at=now)
    assert seen_by(cast.ana) == {own.sha256}
    assert seen_by(cast.bruno) == seen_by(cast.carla) == {of_b.sha256}


def test_what_was_met_and_never_used_is_forgotten_after_a_day(cast: Cast):
    now = timezone.now()
    used = a_record(Kind.E_CPF, cast.ana.cpf)
    keep_certificate(a_record(), at=now - timedelta(days=2))
    record_use(used, origin=Origin.LOGIN, user=cast.ana, at=now - timedelta(days=2))
    just = keep_certificate(a_record(), at=now)
    delete_unused(before=now - timedelta(days=1))
    assert set(KnownCertificate.objects.values_list("sha256", flat=True)) == {
        used.sha256, just.sha256,
    }  # fmt: skip


def test_an_upload_is_never_put_before_the_company_that_it_names(cast: Cast):
    record = a_record(tax_id=cast.company_b.tax_id)
    upload(record, company=None, by=cast.carla, at=timezone.now())
    assert seen_by(cast.carla) == {record.sha256}
    assert seen_by(cast.bruno) == set()


def test_a_company_is_found_by_its_own_number_and_by_that_of_its_units(cast: Cast):
    assert company_named(cast.company_a.tax_id) == cast.company_a
    assert company_named(cast.unit_b1.cnpj) == cast.company_b
    assert company_named("") is None
    assert company_named(a_cnpj()) is None
    cast.company_a.is_active = False
    cast.company_a.save()
    assert company_named(cast.company_a.tax_id) is None


def test_each_sees_their_own_and_their_company_s(cast: Cast):
    own = a_record(Kind.E_CPF, cast.ana.cpf)
    of_b = a_record(tax_id=cast.company_b.tax_id)
    now = timezone.now()
    record_use(own, origin=Origin.LOGIN, user=cast.ana, at=now)
    record_use(of_b, origin=Origin.ORDER, at=now)
    assert seen_by(cast.ana) == {own.sha256}
    assert seen_by(cast.bruno) == {of_b.sha256}
    assert seen_by(cast.carla) == set()
    assert seen_by(cast.faturista) == set()
    assert seen_by(cast.agente) == {own.sha256, of_b.sha256}
    cast.bruno.grants.update(revoked_at=now)
    assert seen_by(cast.bruno) == set()


def test_who_left_sees_nothing(cast: Cast):
    record_use(a_record(), origin=Origin.LOGIN, user=cast.ana, at=timezone.now())
    cast.ana.is_active = False
    assert seen_by(cast.ana) == set()


def test_one_unit_s_certificate_is_not_for_who_sees_another_unit_only(cast: Cast):
    of_branch, of_company = (
        a_record(tax_id=cast.unit_a2.cnpj),
        a_record(tax_id=cast.company_a.tax_id),
    )
    record_use(of_branch, origin=Origin.ORDER, at=timezone.now())
    record_use(of_company, origin=Origin.ORDER, at=timezone.now())
    assert seen_by(cast.ana) == {of_company.sha256}
    make_grant(cast.ana, cast.unit_a2)
    assert seen_by(cast.ana) == {of_branch.sha256, of_company.sha256}


def test_a_session_of_an_e_cnpj_sees_that_company_s_certificates_and_none_of_the_person_s(
    cast: Cast,
):
    now = timezone.now()
    make_grant(cast.ana, cast.company_b)
    own, of_b = a_record(Kind.E_CPF, cast.ana.cpf), a_record(tax_id=cast.company_b.tax_id)
    of_a = a_record(tax_id=cast.company_a.tax_id)
    record_use(own, origin=Origin.LOGIN, user=cast.ana, at=now)
    record_use(of_b, origin=Origin.LOGIN, user=cast.ana, at=now)
    record_use(of_a, origin=Origin.ORDER, at=now)
    assert seen_by(cast.ana) == {own.sha256, of_b.sha256, of_a.sha256}
    cast.ana.opening = Opening(Means.E_CNPJ, cnpj=cast.company_b.tax_id)
    assert seen_by(cast.ana) == {of_b.sha256}


def lasting() -> set[str]:
    return set(CertificateUse.objects.lasting().values_list("certificate__sha256", flat=True))


def test_a_newer_certificate_of_the_same_holder_and_kind_renews(cast: Cast):
    now = timezone.now()
    old, new = (
        a_record(tax_id=cast.company_b.tax_id, days=20),
        a_record(tax_id=cast.company_b.tax_id, days=380),
    )
    record_use(old, origin=Origin.LOGIN, user=cast.bruno, at=now)
    assert lasting() == {old.sha256}
    record_use(new, origin=Origin.ORDER, at=now)
    assert lasting() == {new.sha256}, "also for the person who signs in with the company's"


def test_a_seal_does_not_renew_an_e_cnpj_nor_a_stranger_s_upload_a_company_s(cast: Cast):
    now, number = timezone.now(), cast.company_b.tax_id
    old = a_record(tax_id=number, days=20)
    record_use(old, origin=Origin.ORDER, at=now)
    record_use(a_record(Kind.SEAL, number, days=380), origin=Origin.ORDER, at=now)
    upload(old, company=None, by=cast.carla, at=now)
    upload(a_record(tax_id=number, days=3800), company=None, by=cast.carla, at=now)
    left = CertificateUse.objects.lasting().filter(certificate__sha256=old.sha256)
    assert [use.company for use in left] == [cast.company_b]


def test_a_revoked_certificate_renews_nothing(cast: Cast):
    now = timezone.now()
    old = a_record(Kind.E_CPF, cast.ana.cpf, days=20)
    record_use(old, origin=Origin.LOGIN, user=cast.ana, at=now)
    new = record_use(a_record(Kind.E_CPF, cast.ana.cpf), origin=Origin.LOGIN, user=cast.ana, at=now)
    assert old.sha256 not in lasting()
    KnownCertificate.objects.filter(pk=new.pk).update(revoked_at=now)
    assert old.sha256 in lasting()


def test_stopping_ends_the_reminders_and_the_next_login_does_not_bring_them_back(cast: Cast):
    record, now = a_record(Kind.E_CPF, cast.ana.cpf), timezone.now()
    made = record_use(record, origin=Origin.LOGIN, user=cast.ana, at=now)
    assert stop_watching(made, by=cast.ana, at=now) is False
    record_use(record, origin=Origin.LOGIN, user=cast.ana, at=now)
    assert not CertificateUse.objects.watched().exists()
    watch_again(made, by=cast.ana, at=now)
    assert CertificateUse.objects.watched().count() == 1


def test_what_was_only_uploaded_is_forgotten_when_it_is_watched_no_more(cast: Cast):
    made = upload(a_record(), company=None, by=cast.ana, at=timezone.now())
    assert stop_watching(made, by=cast.ana, at=timezone.now()) is True
    assert not KnownCertificate.objects.exists()


def test_another_s_use_of_the_same_certificate_stays(cast: Cast):
    record, now = a_record(), timezone.now()
    made = upload(record, company=None, by=cast.ana, at=now)
    upload(record, company=cast.company_b, by=cast.bruno, at=now)
    assert stop_watching(made, by=cast.ana, at=now) is False
    assert [use.company for use in CertificateUse.objects.all()] == [cast.company_b]


def test_a_company_s_reminders_are_stopped_by_its_administrator(cast: Cast):
    made = record_use(a_record(tax_id=cast.office.tax_id), origin=Origin.ORDER, at=timezone.now())
    receiver = make_user("Eva Melo")
    make_grant(receiver, cast.office)
    assert manageable_uses(made, cast.carla, at=timezone.now()).count() == 1
    assert not manageable_uses(made, receiver, at=timezone.now()).exists()
    assert not manageable_uses(made, cast.bruno, at=timezone.now()).exists()


def test_who_only_consults_has_nothing_watched_for_the_company(cast: Cast):
    viewer = make_user("Vera Reis")
    make_grant(viewer, cast.company_b, Grant.Level.CONSULT)
    assert set(companies_to_watch_for(cast.bruno, at=timezone.now())) == {cast.company_b}
    assert set(companies_to_watch_for(cast.ana, at=timezone.now())) == {cast.company_a}
    assert not companies_to_watch_for(viewer, at=timezone.now()).exists()


def test_an_installed_signing_certificate_is_the_provider_s_and_goes_with_it(cast: Cast):
    leaf = authority.certificate(names=authority.company_names())
    row = install_pfx(authority.pfx(leaf=leaf), authority.PASSWORD, label="A1", by=cast.admin)
    use = CertificateUse.objects.get()
    assert (use.certificate.sha256, use.user, use.company) == (row.sha256, None, None)
    assert seen_by(cast.ana) == set()
    assert seen_by(cast.agente) == {row.sha256}
    end_signing_use(row.sha256)
    assert not KnownCertificate.objects.exists()


def test_erasing_a_person_takes_their_certificates_and_their_name_from_the_company_s(cast: Cast):
    now = timezone.now()
    upload(a_record(), company=None, by=cast.bruno, at=now)
    kept = upload(a_record(), company=cast.company_b, by=cast.bruno, at=now)
    forget_person(cast.bruno)
    assert list(KnownCertificate.objects.all()) == [kept]
    assert CertificateUse.objects.get().by is None


def test_what_a_person_sees_costs_two_or_three_queries(cast: Cast, django_assert_max_num_queries):
    for _i in range(30):
        record_use(
            a_record(tax_id=make_unit(cast.company_b).cnpj), origin=Origin.ORDER, at=timezone.now()
        )
    with django_assert_max_num_queries(1):
        assert len(seen_by(cast.bruno)) == 30
    assert connection.vendor
