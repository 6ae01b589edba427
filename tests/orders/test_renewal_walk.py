"""A renewal from the order to the certificate, through the pages; with a request of one's own."""

import base64
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.entrance.identity import identity_of
from certificates.icp import read_certificate
from certificates.models import CertificateUse, KnownCertificate
from orders.models import Order, Product, Renewal
from orders.services import acts
from portal.outbox import delivery
from tests.certificates import requests
from tests.factories import Cast, make_user
from tests.factories.orders import make_order
from tests.orders.renewing import (
    A1,
    a_renewal,
    approved,
    authority,  # noqa: F401
    code_of,
    confirm,
    demo_folder,  # noqa: F401
    of_ana,
    post_request,
    send,
)
from tests.orders.test_life import make_charge, now_of, settle
from tests.portal.certificate_entry import client_with, enter, entrance  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.state, pytest.mark.both]
S = Order.Status


def page(browser: Client, order: Order) -> str:
    response = browser.get(reverse("orders:issue", args=[order.number]))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.usefixtures("authority", "entrance")
def test_from_the_confirmation_to_the_first_use(cast: Cast, tmp_path):
    old = of_ana(cast)
    order = a_renewal(cast, status=S.AWAITING_PAYMENT)
    charge = make_charge(order)
    browser = client_with(identity_of(old))
    assert "Confirmo a renovação" in page(browser, order)
    browser.post(reverse("orders:renewal_confirm", args=[order.number]))
    assert Renewal.objects.get(order=order).certificate == KnownCertificate.objects.get(sha256=old.sha256)  # fmt: skip
    assert "pagamento" in page(browser, order)
    settle(charge)
    found = now_of(order)
    assert (found.status, found.validated_by, found.validated_by_system) == (
        S.AWAITING_VERIFICATION, None, True,
    )  # fmt: skip
    acts.verify(found, by=cast.agente, at=timezone.now())
    delivery.sweep()
    assert "primeira" in page(browser, order)
    order_page = browser.get(reverse("orders:order", args=[order.number])).content.decode()
    first, second = code_of(found)
    assert first in order_page
    assert second not in order_page
    csr = requests.pem(str(order.number))
    response = post_request(browser, order, first=first.lower(), second=f" {second} ", text=csr.decode())  # fmt: skip
    assert response.status_code == 302
    assert now_of(order).status == S.ISSUING
    delivery.sweep()
    found = now_of(order)
    assert found.status == S.ISSUED
    assert "Seu certificado" in page(browser, order)
    new = read_certificate(_certificate(browser, order, "cer"))
    assert (new.cpf, new.serial.upper()) == (cast.ana.cpf, found.serial)
    assert found.valid_until == timezone.localtime(new.not_after).date()
    _verify_by_openssl(browser, order, tmp_path)
    assert CertificateUse.objects.filter(certificate__sha256=new.sha256, origin="order", user=cast.ana).exists()  # fmt: skip
    lasting = CertificateUse.objects.filter(user=cast.ana).lasting()
    assert set(lasting.values_list("certificate__sha256", flat=True)) == {new.sha256}
    enter(Client(), identity_of(new))
    found = now_of(order)
    assert found.status == S.DELIVERED
    assert found.events.filter(kind="delivered", user=cast.ana).exists()
    assert "Seu certificado" in page(browser, order), "it may be fetched again"


def _certificate(browser: Client, order: Order, extension: str) -> bytes:
    response = browser.get(reverse("orders:emission_certificate", args=[order.number, extension]))
    assert response.status_code == 200
    return response.content


def _verify_by_openssl(browser: Client, order: Order, folder) -> None:
    if not shutil.which("openssl"):
        return
    from certificates.demo.authority import demo_ca, root_pem

    (folder / "root.pem").write_bytes(root_pem())
    (folder / "chain.pem").write_bytes(_certificate(browser, order, "pem"))
    (folder / "chain.p7b").write_bytes(_certificate(browser, order, "p7b"))
    shown = subprocess.run(
        ["openssl", "verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "chain.pem"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.stdout.strip().endswith("OK"), shown.stderr
    listed = subprocess.run(
        ["openssl", "pkcs7", "-inform", "DER", "-in", "chain.p7b", "-print_certs", "-noout"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout.count("subject") == 1 + len(demo_ca().chain)


@pytest.mark.usefixtures("authority")
def test_with_verification_switched_off_a_paid_and_confirmed_renewal_is_approved_at_once(
    cast: Cast, settings
):
    settings.ORDERS_RENEWAL_VERIFIED = False
    order = a_renewal(cast)
    confirm(order, cast)
    assert now_of(order).status == S.APPROVED
    assert code_of(order)[0]


@pytest.mark.usefixtures("authority")
def test_of_a_renewal_the_system_validated_any_agent_verifies_one_alone(cast: Cast):
    order = a_renewal(cast)
    confirm(order, cast)
    acts.verify(now_of(order), by=cast.agente, at=timezone.now())
    assert now_of(order).status == S.APPROVED
    kinds = list(order.events.values_list("kind", flat=True))
    assert kinds == ["renewed", "verification", "approved", "code"]


@pytest.mark.usefixtures("authority")
def test_returned_by_the_verifier_a_person_validates_and_two_people_are_needed_again(cast: Cast):
    order, at = a_renewal(cast), timezone.now()
    other = make_user("Otto Outro", group="Agente de registro")
    confirm(order, cast)
    acts.send_back(now_of(order), by=cast.agente, at=at, note="O nome mudou?")
    found = now_of(order)
    assert (found.status, found.validated_by_system) == (S.AWAITING_VALIDATION, False)
    acts.validate(found, by=cast.agente, at=at)
    with pytest.raises(acts.SamePerson):
        acts.verify(now_of(order), by=cast.agente, at=at)
    acts.verify(now_of(order), by=other, at=at)
    assert now_of(order).status == S.APPROVED


@pytest.mark.usefixtures("authority")
def test_confirmed_and_then_revoked_an_agent_looks_at_it(cast: Cast):
    order = a_renewal(cast, status=S.AWAITING_PAYMENT)
    charge = make_charge(order)
    old = of_ana(cast)
    confirm(order, cast, old)
    KnownCertificate.objects.filter(sha256=old.sha256).update(revoked_at=timezone.now())
    settle(charge)
    assert now_of(order).status == S.AWAITING_VALIDATION


@pytest.mark.usefixtures("authority")
def test_issued_the_program_of_the_page_reads_the_chain(cast: Cast, client_of):
    order = approved(cast)
    browser = client_of(cast.ana)
    state = reverse("orders:emission_state", args=[order.number])
    assert browser.get(state).json() == {"state": "code", "reason": "", "chain": []}
    first, second = code_of(order)
    csr = requests.pem(str(order.number)).decode()
    sent = browser.post(
        reverse("orders:emission_request", args=[order.number]),
        {"first": first, "second": "AAAA-AAAA", "text": csr}, headers={"accept": "application/json"},
    )  # fmt: skip
    assert (sent.status_code, list(sent.json()["errors"])) == (422, ["second"])
    sent = browser.post(
        reverse("orders:emission_request", args=[order.number]),
        {"first": first, "second": second, "text": csr}, headers={"accept": "application/json"},
    )  # fmt: skip
    assert (sent.status_code, sent.json()["state"]) == (200, "issuing")
    delivery.sweep()
    shown = browser.get(state).json()
    assert shown["state"] == "issued"
    leaf = read_certificate(base64.b64decode(shown["chain"][0]))
    assert leaf.cpf == cast.ana.cpf
    assert browser.post(reverse("orders:emission_done", args=[order.number])).status_code == 204
    assert order.emissions.get().fetched_at


@pytest.mark.usefixtures("authority")
def test_a_tab_closed_midway_finds_the_page_where_it_was(cast: Cast, client_of):
    order = approved(cast)
    send(order, cast)
    assert "emitindo" in page(client_of(cast.ana), order)
    assert post_request(client_of(cast.ana), order).status_code == 302, "the request stays as sent"
    delivery.sweep()
    assert "Seu certificado" in page(client_of(cast.ana), order)


@pytest.mark.usefixtures("authority")
def test_an_a1_confirms_where_the_product_lets_any_level(cast: Cast):
    order = a_renewal(
        cast, signature_level=Product.Signature.ANY, level="a1", medium="file", years=1
    )
    confirm(order, cast, of_ana(cast, policy=A1))
    assert now_of(order).status == S.AWAITING_VERIFICATION


@pytest.mark.usefixtures("authority")
def test_an_e_cnpj_renews_its_companys_certificate_in_its_own_session(cast: Cast):
    from orders.services import renewing
    from tests.orders.renewing import certificate, opening

    company = cast.company_a
    order = a_renewal(
        cast, kind="e_cnpj", customer_type="company", company_cnpj=company.tax_id,
        company_name=company.name,
    )  # fmt: skip
    old = certificate(cast.ana.name, cast.ana.cpf, cnpj=company.tax_id, company=company.name)
    cast.ana.set_login_method(opening(old))
    assert Order.objects.visible_to(cast.ana).get() == order
    renewing.confirm(order, opening=opening(old), by=cast.ana, at=timezone.now())
    assert now_of(order).status == S.AWAITING_VERIFICATION
    other = make_order(holder=cast.ana)
    assert other not in Order.objects.visible_to(cast.ana)


@pytest.mark.usefixtures("authority")
def test_who_chooses_to_come_books_and_may_confirm_meanwhile(cast: Cast, client_of):
    order = a_renewal(cast, status=S.AWAITING_PAYMENT)
    charge = make_charge(order)
    address = reverse("orders:renewal_in_person", args=[order.number])
    browser = client_of(cast.ana)
    assert browser.get(address).status_code == 200
    assert browser.post(address).status_code == 302
    settle(charge)
    assert now_of(order).status == S.AWAITING_APPOINTMENT
    confirm(now_of(order), cast)
    assert now_of(order).status == S.AWAITING_VERIFICATION


@pytest.mark.usefixtures("authority")
def test_paid_and_not_confirmed_it_may_still_go_to_an_appointment(cast: Cast, client_of):
    order = a_renewal(cast)
    client_of(cast.ana).post(reverse("orders:renewal_in_person", args=[order.number]))
    assert now_of(order).status == S.AWAITING_APPOINTMENT


def test_without_an_authority_staff_issue_by_hand(cast: Cast, client_of):
    order, at = a_renewal(cast, status=S.APPROVED), timezone.now()
    assert not order.emissions.exists()
    assert "autoridade de registro emite" in page(client_of(cast.ana), order)
    acts.start_issuing(order, by=cast.agente, at=at)
    acts.issued(
        order, serial="0A1B", issued_on=at.date(), valid_until=at.date() + timedelta(days=365),
        by=cast.agente, at=at,
    )  # fmt: skip
    assert now_of(order).status == S.ISSUED


@pytest.mark.usefixtures("authority")
def test_approved_before_an_authority_was_connected_the_client_asks_for_the_code(
    cast: Cast, client_of
):
    order = a_renewal(cast, status=S.APPROVED)
    browser = client_of(cast.ana)
    address = reverse("orders:emission_code", args=[order.number])
    assert address in page(browser, order)
    browser.post(address)
    browser.post(address)
    assert order.emissions.count() == 1
    assert all(code_of(order))
