"""Revocation lists and answers: fetched by jobs from a real server, believed only when proved."""

from datetime import timedelta

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from django.utils import timezone

from certificates.trust import lists, services
from certificates.trust.models import (
    Intermediate,
    IssuerAddress,
    RevocationAnswer,
    RevocationList,
)
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose, Revocation, Verdict
from portal.outbox.delivery import sweep
from portal.outbox.models import Entry
from tests.certificates import pki, web
from tests.certificates.world import World

pytestmark = pytest.mark.django_db


def verdict(leaf: pki.Made, purpose=Purpose.LOGIN, at=None) -> Verdict:
    return examine(leaf.der, purpose=purpose, at=at or timezone.now())


def check(leaf: pki.Made) -> Verdict:
    """Ask, let the jobs run, judge."""
    request_check(leaf.der)
    sweep()
    return verdict(leaf)


# Lists


def test_login_waits_for_the_list_and_an_upload_only_warns(world):
    leaf = world.person()
    assert verdict(leaf).faults == (Fault.REVOCATION_UNKNOWN,)
    watched = verdict(leaf, Purpose.WATCH)
    assert watched.ok
    assert watched.warnings == (Fault.REVOCATION_UNKNOWN,)
    found = check(leaf)
    assert found.ok
    assert found.revocation == Revocation.GOOD
    assert found.revocation_as_of is not None


def test_a_revoked_certificate_is_refused_everywhere_from_then_on(world):
    leaf = world.person()
    world.server.pages["/ac.crl"] = pki.a_list(
        world.issuer, leaf.certificate, revoked_for=timedelta(days=3)
    )
    found = check(leaf)
    assert found.faults == (Fault.REVOKED,)
    assert found.revoked_at == pytest.approx(
        pki.now() - timedelta(days=3), abs=timedelta(minutes=1)
    )
    assert verdict(leaf, Purpose.WATCH).faults == (Fault.REVOKED,)
    assert verdict(leaf, Purpose.SIGN, at=pki.now() - timedelta(days=2)).faults == (Fault.REVOKED,)


def test_what_was_signed_before_the_revocation_stays_good_and_tells_of_it(world):
    leaf = world.person()
    world.server.pages["/ac.crl"] = pki.a_list(
        world.issuer, leaf.certificate, revoked_for=timedelta(days=3)
    )
    check(leaf)
    past = verdict(leaf, Purpose.SIGN, at=pki.now() - timedelta(days=4))
    assert past.ok
    assert past.revocation == Revocation.GOOD
    assert past.revoked_at is not None


@pytest.mark.parametrize(
    "reason", [x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl]
)
def test_whatever_is_listed_counts_as_revoked_until_a_newer_list_is_silent(world, reason):
    leaf, early = world.person(), timedelta(hours=-2)
    held = pki.a_list(world.issuer, leaf.certificate, reason=reason, issued=early)
    world.server.pages["/ac.crl"] = held
    assert check(leaf).faults == (Fault.REVOKED,)
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer)
    for row in RevocationList.objects.all():
        services.fetch_list(row.pk)
    assert verdict(leaf).revocation == Revocation.GOOD


def test_a_list_that_went_stale_says_nothing_any_more(world):
    leaf = world.person()
    assert check(leaf).ok
    tomorrow = pki.now() + timedelta(days=2)
    assert verdict(leaf, at=tomorrow).faults == (Fault.REVOCATION_UNKNOWN,)
    assert verdict(leaf, Purpose.WATCH, at=tomorrow).ok


def test_a_stale_list_still_proves_a_revocation(world):
    leaf = world.person()
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, leaf.certificate)
    check(leaf)
    assert verdict(leaf, at=pki.now() + timedelta(days=2)).faults == (Fault.REVOKED,)


def unusable(world: World) -> dict[str, bytes]:
    """Lists that must not be kept, each for another reason."""
    issuer, stranger = world.issuer, pki.an_authority("AC Estranha", issuer=world.root)
    point = x509.IssuingDistributionPoint
    indirect = point(None, None, False, False, None, True, False)
    reasons = point(
        None, None, False, False, frozenset([x509.ReasonFlags.key_compromise]), False, False
    )
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    good = pki.a_list(issuer)
    return {
        "another key": pki.a_list(issuer, signed_by=pki.a_key(7)),
        "another authority": pki.a_list(stranger),
        "stale": pki.a_list(issuer, issued=timedelta(days=-3)),
        "of the future": pki.a_list(issuer, issued=timedelta(days=1)),
        "changes only": pki.a_list(issuer, extensions=[(x509.DeltaCRLIndicator(1), True)]),
        "indirect": pki.a_list(issuer, extensions=[(indirect, True)]),
        "some reasons only": pki.a_list(issuer, extensions=[(reasons, True)]),
        "not understood": pki.a_list(issuer, extensions=[(odd, True)]),
        "changed": good[:-300] + bytes([good[-300] ^ 1]) + good[-299:],
        "cut": good[:-1],
        "no list": b"<html>fora do ar</html>",
        "empty": b"",
    }


REASONS = [
    "another key", "another authority", "stale", "of the future", "changes only", "indirect",
    "some reasons only", "not understood", "changed", "cut", "no list", "empty",
]  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_a_list_that_is_not_the_authoritys_own_whole_and_fresh_is_not_kept(world, reason):
    leaf = world.person()
    world.server.pages["/ac.crl"] = unusable(world)[reason]
    assert check(leaf).faults == (Fault.REVOCATION_UNKNOWN,)
    row = RevocationList.objects.get(url=world.url("/ac.crl"))
    assert row.der is None
    assert row.failures == 1
    assert row.error


def test_an_older_list_does_not_replace_a_newer_one(world):
    leaf = world.person()
    check(leaf)
    row = RevocationList.objects.get(url=world.url("/ac.crl"))
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, issued=timedelta(hours=-9))
    assert not services.fetch_row(row, now=timezone.now())
    assert RevocationList.objects.get(pk=row.pk).this_update == row.this_update


def test_a_list_of_authorities_says_nothing_of_people(world):
    only_authorities = x509.IssuingDistributionPoint(None, None, False, True, None, False, False)
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, extensions=[(only_authorities, True)])
    assert check(world.person()).faults == (Fault.REVOCATION_UNKNOWN,)


@pytest.mark.parametrize(("address", "ok"), [("/ac.crl", True), ("/part2.crl", False)])
def test_a_list_of_one_part_speaks_of_that_part_alone(world, address, ok):
    uri = x509.UniformResourceIdentifier(world.url(address))
    part = x509.IssuingDistributionPoint([uri], None, False, False, None, False, False)
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, extensions=[(part, True)])
    assert check(world.person()).ok is ok


def test_a_revoked_authority_takes_its_people_along(world):
    leaf = world.person()
    world.server.pages["/root.crl"] = pki.a_list(world.root, world.issuer.certificate)
    assert check(leaf).faults == (Fault.REVOKED,)


def test_an_authority_of_unknown_state_keeps_login_closed(world):
    leaf = world.person()
    world.server.pages["/root.crl"] = b""
    assert check(leaf).faults == (Fault.REVOCATION_UNKNOWN,)


def test_a_list_that_came_after_the_certificates_end_says_nothing_of_it(world):
    leaf = world.person(days=(-400, -35))
    check(leaf)
    then = pki.now() - timedelta(days=100)
    assert verdict(leaf, Purpose.SIGN, at=then).revocation == Revocation.UNKNOWN


def test_a_list_larger_than_allowed_is_not_read(world, settings):
    settings.TRUST_CRL_MAX_BYTES = 100
    leaf = world.person()
    assert check(leaf).faults == (Fault.REVOCATION_UNKNOWN,)
    assert "100" in RevocationList.objects.get(url=world.url("/ac.crl")).error


def drip(world, path: str) -> None:
    world.settings.TRUST_FETCH_SECONDS = 1
    world.server.pages[path] = web.dripping()


def test_a_slow_server_costs_no_more_than_its_time(world):
    drip(world, "/ac.crl")
    assert check(world.person()).faults == (Fault.REVOCATION_UNKNOWN,)


def test_a_large_list_is_searched_without_reading_it_all(world):
    entries = [
        x509.RevokedCertificateBuilder()
        .serial_number((i + 1) << 100)
        .revocation_date(pki.now() - timedelta(days=1))
        .build()
        for i in range(20_000)
    ]
    builder = x509.CertificateRevocationListBuilder(
        world.issuer.certificate.subject, pki.now() - timedelta(hours=1),
        pki.now() + timedelta(days=1), [], entries,
    )  # fmt: skip
    from cryptography.hazmat.primitives import hashes

    made = builder.sign(world.issuer.key, hashes.SHA256())
    from cryptography.hazmat.primitives.serialization import Encoding

    held = lists.Entries(made.public_bytes(Encoding.DER))
    assert len(held) == 20_000
    assert held.revoked_at(20_000 << 100) is not None
    assert held.revoked_at(20_001 << 100) is None
    # Bytes that look like one but belong to another number.
    assert held.revoked_at(2) is None


# Answers of responders


def test_a_responders_answer_is_enough(world):
    leaf = world.person(crl=False, ocsp=True)
    found = check(leaf)
    assert found.ok
    assert found.revocation == Revocation.GOOD


def test_a_responder_that_says_revoked_is_believed(world):
    leaf = world.person(crl=False, ocsp=True)
    world.responder.revoked[leaf.certificate.serial_number] = pki.now() - timedelta(hours=5)
    assert check(leaf).faults == (Fault.REVOKED,)


def test_a_delegate_of_the_authority_may_answer(world):
    world.responder.delegate = pki.a_person(
        world.issuer, subject="Respondedor", names=[], extended=[Usage.OCSP_SIGNING],
        key=pki.a_key(4),
    )  # fmt: skip
    assert check(world.person(crl=False, ocsp=True)).ok


def delegate(world: World, **changes) -> pki.Made:
    issuer = changes.pop("issuer", world.issuer)
    given = {"names": [], "extended": [Usage.OCSP_SIGNING], "key": pki.a_key(4), **changes}
    return pki.a_person(issuer, subject="Respondedor", **given)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda w: setattr(w.responder, "signing_key", pki.a_key(7)),
        lambda w: setattr(w.responder, "delegate", delegate(w, extended=[Usage.CLIENT_AUTH])),
        lambda w: setattr(w.responder, "delegate", delegate(w, days=(-99, -9))),
        lambda w: setattr(
            w.responder, "delegate",
            delegate(w, issuer=pki.an_authority("AC de Teste", key=pki.a_key(5))),
        ),
        lambda w: setattr(w.responder, "nonce", b"x" * 16),
        lambda w: setattr(w.responder, "issued", timedelta(hours=-3)),
        lambda w: setattr(w.responder, "issued", timedelta(hours=3)),
        lambda w: w.responder.__dict__.update(life=None, issued=timedelta(days=-2)),
        lambda w: w.server.pages.update({"/ocsp": b"\x30\x03\x0a\x01\x06"}),
        lambda w: w.server.pages.update({"/ocsp": b"<html>"}),
        lambda w: drip(w, "/ocsp"),
        lambda w: w.server.pages.pop("/ocsp"),
    ],
    ids=["another key", "no responder", "expired responder", "another's responder", "another nonce",
         "stale", "of the future", "old, without an end", "unauthorised", "a web page", "slow",
         "down"],
)  # fmt: skip
def test_an_answer_that_proves_nothing_keeps_login_closed_and_only_warns_elsewhere(world, spoil):
    leaf = world.person(crl=False, ocsp=True)
    spoil(world)
    found = check(leaf)
    assert found.faults == (Fault.REVOCATION_UNKNOWN,)
    assert any("revogado" in str(text) for text in found.explanations)
    watched = verdict(leaf, Purpose.WATCH)
    assert watched.ok
    assert watched.warnings == (Fault.REVOCATION_UNKNOWN,)
    assert RevocationAnswer.objects.get().error


def test_an_answer_about_another_certificate_is_none(world):
    leaf, other = world.person(crl=False, ocsp=True), world.person(crl=False)
    world.responder.known[leaf.certificate.serial_number] = other.certificate
    assert check(leaf).faults == (Fault.REVOCATION_UNKNOWN,)


def test_answers_made_beforehand_carry_no_nonce_and_are_taken(world):
    world.responder.with_nonce = False
    assert check(world.person(crl=False, ocsp=True)).ok


def test_when_the_responder_is_down_the_list_decides(world):
    world.server.pages.pop("/ocsp")
    assert check(world.person(ocsp=True)).ok


def test_an_answer_grows_old(world):
    leaf = world.person(crl=False, ocsp=True)
    world.server.pages["/root.crl"] = pki.a_list(world.root, life=timedelta(days=30))
    assert check(leaf).ok
    later = pki.now() + timedelta(hours=2)
    assert verdict(leaf, at=later).faults == (Fault.REVOCATION_UNKNOWN,)


# Asking


def test_asking_twice_in_a_minute_asks_once(world):
    leaf = world.person()
    request_check(leaf.der)
    request_check(leaf.der)
    assert Entry.objects.count() == 1


def test_what_is_known_is_not_asked_again(world):
    leaf = world.person(ocsp=True)
    check(leaf)
    asked = len(world.server.asked)
    check(leaf)
    assert len(world.server.asked) == asked


def test_nothing_that_names_a_person_goes_into_the_outbox(world):
    request_check(world.person(ocsp=True).der)
    assert set(Entry.objects.get().arguments) == {"lists", "answers", "issuers"}


def pause(row: RevocationList) -> timedelta:
    assert row.next_try_at is not None
    assert row.failed_at is not None
    return row.next_try_at - row.failed_at


def test_an_address_that_fails_is_left_alone_longer_and_longer(world):
    leaf = world.person()
    world.server.pages.clear()
    check(leaf)
    row = RevocationList.objects.get(url=world.url("/ac.crl"))
    first = pause(row)
    asked = len(world.server.asked)
    Entry.objects.all().delete()
    check(leaf)
    assert len(world.server.asked) == asked
    row.note_failure("x", at=timezone.now())
    assert pause(row) == 2 * first
    for _ in range(40):
        row.note_failure("x", at=timezone.now())
    assert pause(row) == timedelta(hours=6)


@pytest.mark.parametrize("data", [b"", b"nada", b"\x30\x00"])
def test_asking_about_nothing_asks_nothing(world, data):
    request_check(data)
    assert not Entry.objects.exists()


def test_of_strangers_no_list_is_ever_fetched(world):
    stranger = pki.an_authority("AC Estranha", key=pki.a_key(5))
    request_check(pki.a_person(stranger, lists=world.url("/evil.crl")).der)
    assert not Entry.objects.exists()
    assert not RevocationList.objects.exists()


# Intermediates


@pytest.mark.parametrize("form", ["der", "pem", "p7b"])
def test_a_missing_authority_is_fetched_and_kept(world, form):
    world.pin()
    leaf = pki.a_person(world.issuer, lists=world.url("/ac.crl"), issuers=world.url("/ac.p7b"))
    world.server.pages["/ac.p7b"] = {
        "der": world.issuer.der, "pem": world.issuer.pem, "p7b": bundle(world.issuer, world.root),
    }[form]  # fmt: skip
    assert verdict(leaf).faults == (Fault.UNKNOWN_AUTHORITY,)
    assert check(leaf).faults == (Fault.REVOCATION_UNKNOWN,)
    row = Intermediate.objects.get()
    assert row.source == Intermediate.Source.FETCHED
    assert check(leaf).ok


def bundle(*made: pki.Made) -> bytes:
    certificates = [asn1_x509.Certificate.load(m.der) for m in made]
    signed = cms.SignedData(
        {
            "version": "v1", "digest_algorithms": [], "encap_content_info": {"content_type": "data"},
            "certificates": certificates, "signer_infos": [],
        }
    )  # fmt: skip
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


def test_an_authority_that_leads_to_no_root_is_not_kept(world):
    world.pin()
    stranger_root = pki.an_authority("Raiz Estranha", key=pki.a_key(5))
    stranger = pki.an_authority("AC Estranha", issuer=stranger_root, key=pki.a_key(6))
    world.server.pages["/ac.cer"] = bundle(stranger, stranger_root)
    leaf = pki.a_person(stranger, issuers=world.url("/ac.cer"))
    assert Fault.UNKNOWN_AUTHORITY in check(leaf).faults
    assert not Intermediate.objects.exists()
    assert IssuerAddress.objects.get().failures == 1


def test_an_authority_met_along_with_a_certificate_is_kept(world):
    world.pin()
    leaf = world.person()
    request_check(leaf.der, others=[world.issuer.der])
    assert Intermediate.objects.get().source == Intermediate.Source.MET
    sweep()
    assert verdict(leaf).ok


def test_strangers_cannot_fill_the_table_of_addresses(world, monkeypatch):
    from certificates.trust import revocation

    monkeypatch.setattr(revocation, "MAX_ADDRESSES", 2)
    stranger = pki.an_authority("AC Estranha", key=pki.a_key(5))
    for i in range(4):
        request_check(pki.a_person(stranger, issuers=world.url(f"/{i}")).der)
    assert IssuerAddress.objects.count() == 2


# By the clock


def test_the_hourly_task_renews_lists_before_they_end(world):
    leaf = world.person()
    check(leaf)
    now = timezone.now()
    assert services.refresh(at=now) == 0
    soon = now + timedelta(hours=20)
    assert services.refresh(at=soon) == 2
    assert services.refresh(at=soon) == 2
    assert Entry.objects.filter(key__startswith="trust.list:").count() == 2


def test_lists_that_nobody_asks_for_are_forgotten(world):
    check(world.person(ocsp=True))
    assert RevocationList.objects.exists()
    services.forget(at=timezone.now() + timedelta(days=91))
    assert not RevocationList.objects.exists()
    assert not RevocationAnswer.objects.exists()


def test_lists_that_logins_use_are_not_forgotten(world):
    leaf = world.person()
    check(leaf)
    long_ago = timezone.now() - timedelta(days=80)
    RevocationList.objects.update(wanted_at=long_ago)
    assert verdict(leaf).ok
    services.forget(at=timezone.now() + timedelta(days=20))
    assert RevocationList.objects.count() == 2


def test_the_operators_intermediates_are_kept_in_the_table(world):
    assert services.import_bundle(at=timezone.now()) == 1
    assert services.import_bundle(at=timezone.now()) == 0
    assert Intermediate.objects.get().source == Intermediate.Source.BUNDLE


def test_judging_never_touches_the_network(world, monkeypatch):
    leaf = world.person(ocsp=True, issuers=world.url("/x"))
    monkeypatch.setattr("socket.create_connection", None)
    monkeypatch.setattr("socket.getaddrinfo", None)
    verdict(leaf)
    assert world.server.asked == []
    assert not Entry.objects.exists()
