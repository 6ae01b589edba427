"""Certificates, signatures, codes and requests that are refused: clear, and nothing half-done."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from certificates.demo import cast as files
from certificates.icp.pfx import read_pfx
from certificates.models import KnownCertificate
from certificates.signatures.signing import Signer
from orders.models import Emission, Order, Product, Renewal
from orders.services import acts, codes, emission, holders, renewing
from orders.services.life import NotPossible
from portal.accounts.opening import Means, Opening
from portal.outbox.models import Entry
from tests.certificates import requests
from tests.certificates.authority import KEY
from tests.factories import Cast, a_cnpj, a_cpf
from tests.orders.renewing import (
    A1,
    a_renewal,
    approved,
    authority,  # noqa: F401
    certificate,
    code_of,
    confirm,
    demo_folder,  # noqa: F401
    of_ana,
    opening,
    post_request,
    send,
)
from tests.orders.test_life import now_of

pytestmark = [
    pytest.mark.django_db, pytest.mark.both, pytest.mark.state, pytest.mark.usefixtures("authority"),
]  # fmt: skip
S = Order.Status
BAD_SECOND = "2222-2222"


def refused(order: Order, cast: Cast, record: Any, match: str) -> None:
    """The certificate confirms nothing, with this sentence, and leaves no trace."""
    with pytest.raises(renewing.Unconfirmed, match=match):
        confirm(order, cast, record)
    assert not Renewal.objects.filter(order=order).exists()
    assert (now_of(order).status, order.events.count()) == (order.status, 0)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"days": -1}, "venceu em"),
        ({"since": -1}, "ainda não é válido"),
        ({"days": 31}, "a partir de"),
        ({"policy": A1}, "A3 ou superior; este é A1"),
    ],
)
def test_a_certificate_that_cannot_confirm(cast: Cast, values, match):
    refused(a_renewal(cast), cast, of_ana(cast, **values), match)


def test_a_revoked_one(cast: Cast):
    record = of_ana(cast)
    KnownCertificate.objects.update(revoked_at=timezone.now() - timedelta(days=1))
    refused(a_renewal(cast), cast, record, "revogado")


def test_of_another_person_kind_or_company(cast: Cast):
    other = certificate("Outra Pessoa", a_cpf())
    refused(a_renewal(cast), cast, other, "outra pessoa")
    company = certificate(cast.ana.name, cast.ana.cpf or "", cnpj=a_cnpj(), company="Firma")
    refused(a_renewal(cast), cast, company, "use o certificado desse tipo")
    order = a_renewal(
        cast, kind="e_cnpj", customer_type="company", company_cnpj=a_cnpj(), company_name="Firma"
    )
    refused(order, cast, company, "outra empresa")
    other = certificate("Outra", a_cpf(), cnpj=order.company_cnpj, company="Firma")
    refused(order, cast, other, "outra pessoa como responsável")
    renamed = certificate(cast.ana.name, cast.ana.cpf or "", cnpj=order.company_cnpj, company="Xis")
    refused(order, cast, renamed, "diz “Firma”")


def test_of_another_name_as_the_certificate_has_it(cast: Cast):
    order = a_renewal(cast, holder_name="Ana de Outro Nome")
    refused(order, cast, of_ana(cast), "diz “Ana de Outro Nome”")
    order = a_renewal(cast, holder_name="  ána  SOUZA")
    confirm(order, cast)


def test_a_password_session_confirms_nothing(cast: Cast, client_of):
    order = a_renewal(cast)
    with pytest.raises(NotPossible, match="Entre com o certificado"):
        renewing.confirm(order, opening=Opening(Means.PASSWORD), by=cast.ana, at=timezone.now())
    page = client_of(cast.ana).get(reverse("orders:issue", args=[order.number])).content.decode()
    assert "Você entrou com senha" in page
    assert "Confirmo a renovação" not in page


def test_one_certificate_is_renewed_by_one_order_at_a_time(cast: Cast):
    record, first, second = of_ana(cast), a_renewal(cast), a_renewal(cast)
    confirm(first, cast, record)
    with pytest.raises(renewing.Unconfirmed, match=str(first.number)):
        confirm(second, cast, record)
    with pytest.raises(NotPossible):
        confirm(first, cast, record)
    acts.refuse(now_of(first), by=cast.agente, at=timezone.now(), note="Outro motivo")
    confirm(second, cast, record)
    assert now_of(second).status == S.AWAITING_VERIFICATION
    renewal = Renewal.objects.get(order=second)
    with pytest.raises(IntegrityError), transaction.atomic():
        Renewal.objects.create(order=a_renewal(cast), certificate_sha256=renewal.certificate_sha256)


@pytest.mark.parametrize(("most", "is_refused"), [(1, True), (2, False), (0, False)])
def test_renewals_in_a_row_are_limited(cast: Cast, most, is_refused):
    before = a_renewal(cast)
    confirm(before, cast)
    second = of_ana(cast)
    Order.objects.filter(pk=before.pk).update(
        status=S.DELIVERED, serial="00" + second.serial.upper()
    )
    order = a_renewal(cast, max_consecutive=most)
    if is_refused:
        refused(order, cast, second, "renovação sem presença")
    else:
        confirm(order, cast, second)
        assert Renewal.objects.get(order=order).consecutive == 2


def test_after_a_renewal_in_person_the_count_begins_anew(cast: Cast):
    before = a_renewal(cast, status=S.AWAITING_PAYMENT)
    renewing.choose_in_person(before, by=cast.ana, at=timezone.now())
    second = of_ana(cast)
    Order.objects.filter(pk=before.pk).update(status=S.DELIVERED, serial=second.serial.upper())
    order = a_renewal(cast)
    confirm(order, cast, second)
    assert Renewal.objects.get(order=order).consecutive == 1


def test_a_holder_who_is_corrected_confirms_again(cast: Cast):
    order = a_renewal(cast, status=S.INCOMPLETE)
    confirm(order, cast)
    holders.correct(
        order, {"holder_email": "novo@exemplo.com.br"}, by=cast.admin, at=timezone.now()
    )
    renewal = Renewal.objects.get(order=order)
    assert not renewal.is_confirmed
    assert renewal.record, "the evidence stays"


def test_no_confirmation_after_the_order_has_ended(cast: Cast):
    order = a_renewal(cast, status=S.CANCELLED)
    with pytest.raises(NotPossible):
        confirm(order, cast)


# By signature


@pytest.fixture
def by_signature(settings, cast: Cast) -> tuple[Order, Signer]:
    """The demonstration's Ana, whose key is at hand."""
    settings.ORDERS_RENEWAL_CONFIRMED_BY = "signature"
    ana = files.one("e-cpf")
    order = a_renewal(
        cast, signature_level=Product.Signature.ANY, window_days=0, holder_cpf=ana.cpf,
        holder_name=ana.name,
    )  # fmt: skip
    return order, _signer("e-cpf")


def _signer(slug: str) -> Signer:
    return read_pfx(files.one(slug).path.read_bytes(), "demonstracao")  # type: ignore[return-value]


def _sign(data: bytes, slug: str = "e-cpf") -> bytes:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

    key, leaf, others = pkcs12.load_key_and_certificates(
        files.one(slug).path.read_bytes(), b"demonstracao"
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    builder = builder.add_signer(leaf, key, hashes.SHA256())  # type: ignore[arg-type]
    for other in others:
        builder = builder.add_certificate(other)
    return builder.sign(
        serialization.Encoding.DER,
        [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
    )


def test_a_signature_over_the_request_confirms(by_signature, cast: Cast, client_of):
    order, _signer = by_signature
    browser = client_of(cast.ana)
    record = browser.get(reverse("orders:renewal_record", args=[order.number])).content
    assert record == renewing.record_of(now_of(order))
    address = reverse("orders:renewal_sign", args=[order.number])
    file = SimpleUploadedFile("pedido.p7s", _sign(record))
    assert browser.post(address, {"signature": file}).status_code == 302
    renewal = Renewal.objects.get(order=order)
    assert (renewal.means, renewal.record_sha256) == (
        "signature",
        hashlib.sha256(record).hexdigest(),
    )
    assert now_of(order).status == S.AWAITING_VERIFICATION
    desk = client_of(cast.agente)
    for name, data in (
        ("pedido.json", record),
        ("assinatura.p7s", bytes(renewal.signature or b"")),
    ):
        found = desk.get(reverse("orders:desk_renewal_file", args=[order.number, name]))
        assert found.content == data
    assert (
        desk.get(reverse("orders:desk_renewal_file", args=[order.number, "x"])).status_code == 404
    )


@pytest.mark.parametrize(
    ("slug", "change", "match"),
    [
        ("e-cpf", b" ", "assinatura é de outro arquivo"),
        ("e-cpf-novo", b"", "outra pessoa"),
        ("e-cnpj", b"", "use o certificado desse tipo"),
        ("selo", b"", "."),
        ("revogado", b"", "."),
        ("vencido", b"", "."),
    ],
)
def test_a_signature_of_another_file_or_signer(by_signature, cast: Cast, slug, change, match):
    order, _signer = by_signature
    p7s = _sign(renewing.record_of(order) + change, slug)
    with pytest.raises(renewing.Unconfirmed, match=match):
        renewing.confirm_signed(order, p7s, by=cast.ana, at=timezone.now())
    assert not Renewal.objects.filter(order=order).exists()
    assert now_of(order).status == S.AWAITING_VALIDATION


def test_a_file_that_is_no_signature_is_said_on_the_page(by_signature, cast: Cast, client_of):
    order, _signer = by_signature
    address = reverse("orders:renewal_sign", args=[order.number])
    file = SimpleUploadedFile("pedido.p7s", b"nada")
    response = client_of(cast.ana).post(address, {"signature": file})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()


def test_the_operators_policy_says_which_way(by_signature, cast: Cast, settings):
    order, _signer = by_signature
    with pytest.raises(NotPossible, match="por uma assinatura"):
        confirm(order, cast)
    settings.ORDERS_RENEWAL_CONFIRMED_BY = "session"
    with pytest.raises(NotPossible, match="sessão"):
        renewing.confirm_signed(order, b"", by=cast.ana, at=timezone.now())


# The code


def wrong(order: Order, cast: Cast) -> str:
    with pytest.raises(codes.WrongCode) as raised:
        codes.check(codes.open_emission(order), "222-222", BAD_SECOND, at=timezone.now())  # type: ignore[arg-type]
    return str(raised.value)


def test_a_guessed_code_is_over_after_five_tries_and_staff_make_another(cast: Cast, client_of):
    order = approved(cast)
    assert "Restam 4 tentativas" in wrong(order, cast)
    assert [wrong(order, cast) for _n in range(3)][-1].endswith("Resta 1 tentativa.")
    assert "cinco vezes" in wrong(order, cast)
    assert "cinco vezes" in wrong(order, cast)
    first, second = code_of(order)
    with pytest.raises(codes.WrongCode):
        codes.check(codes.open_emission(order), first, second, at=timezone.now())  # type: ignore[arg-type]
    page = client_of(cast.ana).get(reverse("orders:issue", args=[order.number])).content.decode()
    assert "código novo" in page
    desk = reverse("orders:desk_code", args=[order.number])
    assert client_of(cast.agente).post(desk, {"note": ""}).status_code == 200, (
        "a reason is asked for"
    )
    assert client_of(cast.agente).post(desk, {"note": "Ligou e se identificou"}).status_code == 302
    assert code_of(order) != (first, second)
    assert order.emissions.count() == 2
    assert send(order, cast).is_requested


def test_either_part_alone_opens_nothing(cast: Cast):
    order = approved(cast)
    first, second = code_of(order)
    found = order.emissions.get()
    for one, other in ((first, BAD_SECOND), ("222-222", second), ("", second), (second, first)):
        with pytest.raises(codes.WrongCode):
            codes.check(found, one, other, at=timezone.now())
    codes.check(found, first, second, at=timezone.now())
    found.refresh_from_db()
    assert found.tries == 4, "a right one is not counted"


def test_a_code_is_over_after_thirty_days(cast: Cast):
    order = approved(cast)
    first, second = code_of(order)
    found, day = order.emissions.get(), timedelta(days=1)
    codes.check(found, first, second, at=found.code_until - day)
    with pytest.raises(codes.WrongCode, match="venceu"):
        codes.check(found, first, second, at=found.code_until)


def test_the_second_part_goes_to_the_holder_alone_and_is_kept_nowhere_else(cast: Cast, client_of):
    order = a_renewal(cast, status=S.APPROVED, responsible=cast.bruno, responsible_name="Bruno",
                      responsible_email=cast.bruno.email)  # fmt: skip
    codes.make(order, by=None, at=timezone.now())
    (mail,) = Entry.objects.filter(name__contains="segunda parte")
    assert mail.recipient == cast.ana.email
    first, second = code_of(order)
    row = Emission.objects.values().get()
    assert all(part.replace("-", "") not in str(row) for part in (first, second))
    desk = client_of(cast.agente).get(order.desk_url).content.decode()
    assert first not in desk, "staff see neither part"


# The request


@pytest.mark.parametrize(
    ("csr", "match"),
    [
        (lambda number: requests.pem(number, key=requests.rsa_key(bits=1024)), "1024"),
        (lambda number: b"nada", "não é uma requisição"),
        (lambda number: requests.pem("OUTRA PESSOA:12345678901"), "OUTRA PESSOA"),
        (lambda number: requests.pem(number, number), "nome comum"),
        (lambda number: b"-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----", "chave privada"),
        (lambda number: b"x" * 70_000, "não é uma requisição"),
    ],
    ids=["weak", "nonsense", "another-name", "two-names", "private-key", "large"],
)  # fmt: skip
def test_a_bad_request_is_said_and_costs_no_try(cast: Cast, client_of, csr, match):
    order = approved(cast)
    first, second = code_of(order)
    file = SimpleUploadedFile("pedido.csr", csr(str(order.number)))
    response = post_request(client_of(cast.ana), order, first=first, second=second, file=file)
    page = response.content.decode()
    assert response.status_code == 422
    assert match in page
    assert second in page, "what was typed stays"
    found = order.emissions.get()
    assert (now_of(order).status, found.tries, found.csr) == (S.APPROVED, 0, None)


def test_with_a_wrong_code_the_request_is_kept_in_the_form(cast: Cast, client_of):
    order = approved(cast)
    file = SimpleUploadedFile("pedido.csr", requests.der(str(order.number)))
    response = post_request(
        client_of(cast.ana), order, first="222-222", second=BAD_SECOND, file=file
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "BEGIN CERTIFICATE REQUEST" in page
    assert "Restam 4 tentativas" in page


def test_without_a_request_nothing_is_tried(cast: Cast, client_of):
    order = approved(cast)
    response = post_request(client_of(cast.ana), order, first="222-222", second=BAD_SECOND)
    assert response.status_code == 422
    assert order.emissions.get().tries == 0


def test_a_key_is_certified_once(cast: Cast):
    first, second = approved(cast), approved(cast)
    csr = requests.pem()
    send(first, cast, csr)
    with pytest.raises(emission.BadRequest, match="já foi usada"):
        send(second, cast, csr)
    taken = Emission.objects.get(order=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Emission.objects.filter(order=second).update(
            csr=b"x", key_sha256=taken.key_sha256, csr_sha256=taken.csr_sha256
        )


def test_the_key_of_the_old_certificate_is_not_certified_again(cast: Cast):
    of_ana(cast, key=KEY)
    with pytest.raises(emission.BadRequest, match="já foi usada"):
        send(approved(cast), cast, requests.pem(key=KEY))


def test_a_second_request_with_one_code_is_refused(cast: Cast):
    order = approved(cast)
    first, second = code_of(order)
    send(order, cast)
    from certificates.issuing import read_request

    wanted = read_request(requests.pem(key=requests.rsa_key(bits=2048)))
    with pytest.raises(NotPossible):
        emission.request_certificate(
            now_of(order), wanted, first=first, second=second, by=cast.ana, at=timezone.now()
        )
    assert order.emissions.count() == 1


def test_opening_of_a_session_is_of_its_certificate(cast: Cast):
    record = of_ana(cast)
    assert renewing.shown_in(opening(record)) == record
    assert renewing.shown_in(Opening(Means.E_CPF, sha256="0" * 64)) is None
