"""Renewals in tests: certificates of the demonstration's authority, sessions, requests, codes."""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from certificates.demo.authority import A1_POLICY, A3_POLICY, company_names, issue, person_names
from certificates.icp import CertificateRecord, read_certificate
from certificates.issuing import AuthorityDown, Failed, Issued, IssueOrder, Pending
from certificates.services.known import keep_certificate
from orders.models import Emission, Order
from orders.services import codes, emission, renewing
from portal.accounts.opening import Means, Opening
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from tests.certificates import requests
from tests.certificates.authority import KEY, OTHER_KEY
from tests.factories import Cast
from tests.factories.orders import make_order, make_product

S = Order.Status
A1, A3 = A1_POLICY, A3_POLICY


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo-var")


@pytest.fixture
def authority(settings: LazySettings, demo_folder: Path) -> None:
    """The demonstration's authority is trusted here, and issues. It forgets the test before, whose
    orders had the same numbers."""
    shutil.rmtree(demo_folder / "demo-ca" / "emitidos", ignore_errors=True)
    settings.DEMO = True
    settings.VAR_DIR = demo_folder


def certificate(
    name: str, cpf: str, *, days: float = 20, since: float = 365, policy: str = A3, cnpj: str = "",
    company: str = "", key: rsa.RSAPrivateKey = OTHER_KEY, is_known: bool = True,
) -> CertificateRecord:  # fmt: skip
    """One that ends in so many days, and that the portal has met or not."""
    now = timezone.now()
    names = (
        company_names(cnpj=cnpj, responsible=name.upper(), cpf=cpf) if cnpj else person_names(cpf)
    )
    made = issue(
        key.public_key(), common_name=f"{(company or name).upper()}:{cnpj or cpf}", names=names,
        email="titular@exemplo.com.br", not_before=now - timedelta(days=since),
        not_after=now + timedelta(days=days), policy=policy,
    )  # fmt: skip
    record = read_certificate(made.public_bytes(Encoding.DER))
    if is_known:
        keep_certificate(record, at=now)
    return record


def of_ana(cast: Cast, **values: Any) -> CertificateRecord:
    return certificate(cast.ana.name, cast.ana.cpf or "", **values)


def opening(record: CertificateRecord) -> Opening:
    """The session that this certificate opened."""
    return Opening(
        Means.E_CNPJ if record.cnpj else Means.E_CPF, record.cnpj,
        record.name if record.cnpj else "", record.sha256, record.not_after,
    )  # fmt: skip


def a_renewal(cast: Cast, *, status: str = S.AWAITING_VALIDATION, **values: Any) -> Order:
    """Ana's order of a renewal, A3 by default; ``level``, ``signature_level`` … are of its product."""
    of_product = {
        name: values.pop(name)
        for name in ("level", "medium", "years", "signature_level", "max_consecutive", "window_days",
                     "kind")
        if name in values
    }  # fmt: skip
    name = "Renovação " + " ".join(map(str, of_product.values()))
    defaults = {"level": "a3", "medium": "none", "years": 3}
    product = make_product(name, is_renewal=True, **(defaults | of_product))
    return make_order(holder=cast.ana, status=status, product=product, **values)


def confirm(order: Order, cast: Cast, record: CertificateRecord | None = None) -> None:
    record = record or of_ana(cast)
    renewing.confirm(order, opening=opening(record), by=cast.ana, at=timezone.now())


def approved(cast: Cast, **values: Any) -> Order:
    """One whose holder has the code."""
    order = a_renewal(cast, status=S.APPROVED, **values)
    codes.make(order, by=None, at=timezone.now())
    return order


def code_of(order: Order) -> tuple[str, str]:
    """Both parts, the second from the newest mail."""
    entries = Entry.objects.filter(key__startswith=f"order:{order.pk}:code:")
    mail = opened(entries.order_by("-pk")[0])
    assert mail is not None
    second = re.search(r"^([A-Z2-9]{4}-[A-Z2-9]{4})$", mail.text, re.MULTILINE)
    assert second is not None
    return codes.first_part(order), second[1]


def send(order: Order, cast: Cast, data: bytes = b"", *, at: datetime | None = None) -> Emission:
    """The right code and a good request, handed on; the authority was not asked yet."""
    from certificates.issuing import read_request

    first, second = code_of(order)
    wanted = read_request(data or requests.pem(str(order.number), key=KEY))
    emission.request_certificate(
        order, wanted, first=first, second=second, by=cast.ana, at=at or timezone.now()
    )
    return order.emissions.get(closed_at=None)


def ask(order: Order, *, at: datetime | None = None) -> None:
    """What the job does."""
    found = order.emissions.at_authority().get()
    emission.ask_authority(found, at=at or timezone.now())


def post_request(browser: Client, order: Order, **values: Any) -> Any:
    return browser.post(f"/pedidos/{order.number}/emitir/requisicao/", values)


class Scripted:
    """An authority that answers as told: the answers to ``submit`` and ``poll``, in their order."""

    def __init__(self, *answers: object) -> None:
        self.answers: Iterator[object] = iter(answers)
        self.asked: list[tuple[IssueOrder, bytes, bytes | None]] = []

    def _next(self) -> Any:
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def submit(self, order: IssueOrder, csr: bytes, proof: bytes | None) -> str:
        self.asked.append((order, csr, proof))
        return str(self._next())

    def poll(self, _ref: str, _order: IssueOrder, _csr: bytes) -> Pending | Issued | Failed:
        found: Pending | Issued | Failed = self._next()
        return found


def scripted(monkeypatch: pytest.MonkeyPatch, *answers: object) -> Scripted:
    """Instead of whatever authority there is."""
    found = Scripted(*answers)
    monkeypatch.setattr("certificates.issuing.choice.fallback_authorities", [lambda: found])
    return found


DOWN = AuthorityDown("timeout")
