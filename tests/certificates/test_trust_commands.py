"""trust_refresh and trust_status: what an operator reads, and what a watch script acts on."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from asn1crypto import pem
from django.core.management import call_command
from django.utils import timezone

from certificates.trust.models import Intermediate, RevocationList
from certificates.trust.pool import trusted_bundle_pem
from certificates.trust.revocation import request_check
from certificates.trust.status import status
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose
from tests.certificates import pki
from tests.certificates.world import World

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> tuple[str, int]:
    output = StringIO()
    try:
        call_command(command, *arguments, stdout=output, stderr=output)
    except SystemExit as end:
        return output.getvalue(), int(str(end.code))
    return output.getvalue(), 0


def test_refresh_fetches_what_is_due_and_says_so(world: World):
    request_check(world.person().der)
    text, code = run("trust_refresh")
    assert code == 0
    assert world.url("/ac.crl") in text
    assert Intermediate.objects.count() == 1
    asked = len(world.server.asked)
    assert run("trust_refresh")[1] == 0
    assert len(world.server.asked) == asked
    run("trust_refresh", "--all")
    assert len(world.server.asked) == asked + 2


def test_refresh_ends_with_1_when_something_failed(world: World):
    request_check(world.person().der)
    world.server.pages.pop("/ac.crl")
    text, code = run("trust_refresh")
    assert code == 1
    assert "404" in text


def test_status_tells_roots_intermediates_lists_and_failures(world: World):
    request_check(world.person().der)
    run("trust_refresh")
    text, code = run("trust_status")
    assert code == 0
    for part in (world.root.sha256(), world.issuer.sha256(), world.url("/ac.crl")):
        assert part in text


def test_status_as_json(world: World):
    request_check(world.person().der)
    run("trust_refresh")
    text, code = run("trust_status", "--json")
    found = json.loads(text)
    assert code == 0
    assert found["roots"][0]["sha256"] == world.root.sha256()
    assert found["intermediates"][0]["source"] == "bundle"
    assert {one["state"] for one in found["lists"]} == {"ok"}
    assert found["problems"] == []


def test_status_ends_with_1_while_a_list_that_login_needs_is_missing_or_stale(world: World):
    request_check(world.person().der)
    assert run("trust_status")[1] == 1
    run("trust_refresh")
    assert run("trust_status")[1] == 0
    RevocationList.objects.update(next_update=timezone.now() - timedelta(minutes=1))
    text, code = run("trust_status")
    assert code == 1
    assert world.url("/ac.crl") in text


def test_a_second_address_of_the_same_list_is_enough(world: World):
    request_check(world.person().der)
    run("trust_refresh")
    row = RevocationList.objects.get(url=world.url("/ac.crl"))
    RevocationList.objects.create(
        url=world.url("/other.crl"), authority=row.authority, issuer=row.issuer,
        wanted_at=timezone.now(),
    )  # fmt: skip
    assert status(at=timezone.now()).problems == []


def test_without_a_root_the_status_is_bad(settings):
    settings.TRUST_ROOTS_FILE = ""
    assert run("trust_status")[1] == 1


def test_a_root_whose_kind_of_key_nobody_knows_does_no_harm_to_the_others(world: World):
    strange = pki.an_authority("Raiz de Outra Curva", key=pki.a_key(9, "p521"))
    curve, unknown = bytes.fromhex("2b81040023"), bytes.fromhex("2b81040063")
    assert strange.der.count(curve) == 1
    pem_of_it = pem.armor("CERTIFICATE", strange.der.replace(curve, unknown))
    (world.folder / "roots.pem").write_bytes(pem_of_it + world.root.pem)
    leaf = world.person()
    request_check(leaf.der)
    _text, code = run("trust_refresh")
    assert code == 0
    assert "key_not_understood" in run("trust_status")[0]
    assert examine(leaf.der, purpose=Purpose.LOGIN, at=timezone.now()).ok
    assert pem_of_it in trusted_bundle_pem()


def test_a_root_that_is_not_used_and_a_fingerprint_that_is_not_found_are_told(
    world: World, settings
):
    other = pki.an_authority("Outra Raiz", key=pki.a_key(5))
    (world.folder / "roots.pem").write_bytes(world.root.pem + other.pem)
    missing = "ab" * 32
    settings.TRUST_ROOTS_SHA256 = [world.root.sha256(), missing]
    text, code = run("trust_status")
    assert code == 1
    assert missing in text
    assert other.sha256() in text
