"""What becomes of a request at the certification authority: issued, refused, late, silent."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.urls import reverse
from django.utils import timezone

from certificates.demo.authority import demo_ca
from certificates.icp import Kind
from certificates.issuing import Failed, Issued, Pending, Refused, current_authority
from orders.jobs import _authority_given_up
from orders.models import Emission, Order
from orders.services import acts, emission, renewing
from portal.outbox import delivery
from portal.outbox.models import Entry
from tests.certificates.authority import KEY
from tests.factories import Cast, a_cpf
from tests.orders.renewing import (
    DOWN,
    a_renewal,
    approved,
    ask,
    authority,  # noqa: F401
    certificate,
    code_of,
    confirm,
    demo_folder,  # noqa: F401
    of_ana,
    scripted,
    send,
)
from tests.orders.test_life import mails, now_of

pytestmark = [pytest.mark.django_db, pytest.mark.both, pytest.mark.usefixtures("authority")]
S = Order.Status
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def chain_of(cast: Cast, *, cpf: str = "", key=KEY) -> tuple[bytes, ...]:
    """A certificate of Ana, with this key, and its issuers."""
    leaf = certificate(cast.ana.name, cpf or cast.ana.cpf or "", key=key, days=1000, is_known=False)
    return (leaf.der, *(one.public_bytes(Encoding.DER) for one in demo_ca().chain))


def test_identity_is_of_the_order_and_the_old_certificate_says_the_day_of_birth(
    cast: Cast, monkeypatch
):
    found = scripted(monkeypatch, "r1", Pending())
    order = a_renewal(cast)
    confirm(order, cast)
    acts.verify(now_of(order), by=cast.agente, at=timezone.now())
    send(now_of(order), cast)
    ask(order)
    ((wanted, csr, proof),) = found.asked
    assert (wanted.reference, wanted.subject.cpf, wanted.subject.kind) == (
        str(order.number), cast.ana.cpf, Kind.E_CPF,
    )  # fmt: skip
    assert wanted.subject.born_on
    assert (wanted.years, wanted.medium, proof) == (3, "A3", None)
    assert csr == bytes(order.emissions.get(closed_at=None).csr or b"")


def test_pending_it_is_asked_again_and_handed_over_once(cast: Cast, monkeypatch):
    found = scripted(monkeypatch, "r1", Pending(90), Pending(), Issued(chain_of(cast)))
    order, at = approved(cast), timezone.now()
    made = send(order, cast, at=at)
    ask(order, at=at)
    made.refresh_from_db()
    assert (made.ref, made.next_poll_at) == ("r1", at + timedelta(seconds=90))
    ask(order, at=at)
    made.refresh_from_db()
    assert made.next_poll_at == at + emission.AGAIN
    ask(order, at=at)
    assert (now_of(order).status, len(found.asked)) == (S.ISSUED, 1)
    assert mails("Emitido") == 1


def test_told_twice_that_it_was_issued_it_is_issued_once(cast: Cast, monkeypatch):
    chain = chain_of(cast)
    scripted(monkeypatch, "r1", Issued(chain), Issued(chain))
    order = approved(cast)
    made = send(order, cast)
    at = timezone.now()
    emission.ask_authority(made, at=at)
    emission.ask_authority(made, at=at)
    assert order.events.filter(kind="issued").count() == 1


def test_refused_the_order_goes_back_with_the_reason_and_a_new_code(
    cast: Cast, monkeypatch, client_of
):
    scripted(monkeypatch, Refused("CPF suspenso na Receita"))
    order = approved(cast)
    before = code_of(order)
    send(order, cast)
    ask(order)
    found = now_of(order)
    assert found.status == S.APPROVED
    assert code_of(found) != before
    page = client_of(cast.ana).get(reverse("orders:issue", args=[order.number])).content.decode()
    assert "CPF suspenso na Receita" in page
    assert "CPF suspenso na Receita" in client_of(cast.agente).get(order.desk_url).content.decode()
    failed = order.emissions.first()
    assert failed is not None
    assert (failed.reason, failed.is_open) == ("CPF suspenso na Receita", False)
    state = client_of(cast.ana).get(reverse("orders:emission_state", args=[order.number])).json()
    assert (state["state"], state["reason"]) == ("failed", "CPF suspenso na Receita")


def test_failed_while_it_was_polled(cast: Cast, monkeypatch):
    scripted(monkeypatch, "r1", Failed(""))
    order = approved(cast)
    send(order, cast)
    ask(order)
    assert now_of(order).status == S.APPROVED
    assert order.events.filter(kind="approved", note__contains="não informou o motivo").exists()


@pytest.mark.parametrize("what", ["key", "holder", "nonsense"])
def test_what_is_not_the_holders_certificate_is_never_handed_on(cast: Cast, monkeypatch, what):
    from tests.certificates.authority import OTHER_KEY

    chain = {
        "key": lambda: chain_of(cast, key=OTHER_KEY), "holder": lambda: chain_of(cast, cpf=a_cpf()),
        "nonsense": lambda: (b"nada",),
    }[what]()  # fmt: skip
    scripted(monkeypatch, "r1", Issued(chain))
    order = approved(cast)
    made = send(order, cast)
    ask(order)
    made.refresh_from_db()
    assert not made.chain
    assert now_of(order).status == (S.ISSUING if what == "nonsense" else S.APPROVED)


def test_silent_for_a_day_it_stays_and_is_asked_with_growing_pauses(
    cast: Cast, monkeypatch, client_of
):
    begun = timezone.now()
    scripted(monkeypatch, *[DOWN] * 60)
    order, at = approved(cast), begun
    made = send(order, cast, at=at)
    pauses = []
    while at < begun + DAY + timedelta(hours=2):
        ask(order, at=at)
        made.refresh_from_db()
        assert made.next_poll_at is not None
        pauses.append(made.next_poll_at - at)
        at = made.next_poll_at
    assert now_of(order).status == S.ISSUING
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (emission.AGAIN, emission.LONGEST)
    assert order.events.filter(kind="unanswered").count() == 1
    assert "não responde" in client_of(cast.agente).get(order.desk_url).content.decode()
    page = client_of(cast.ana).get(reverse("orders:issue", args=[order.number])).content.decode()
    assert "nada se perde" in page
    scripted(monkeypatch, "r1", Issued(chain_of(cast)))
    ask(order, at=at)
    assert now_of(order).status == S.ISSUED


def test_the_beat_wakes_what_is_due_once(cast: Cast, monkeypatch):
    scripted(monkeypatch, "r1", Pending(), Pending())
    order, at = approved(cast), timezone.now()
    send(order, cast, at=at)
    ask(order, at=at)
    assert emission.wake_due(at=at) == 0
    later = at + MINUTE
    assert emission.wake_due(at=later) == 1
    assert emission.wake_due(at=later) == 0
    assert Entry.objects.filter(name="orders.ask_authority").count() == 2


def test_a_job_that_was_given_up_is_woken_again_later(cast: Cast):
    order, at = approved(cast), timezone.now()
    made = send(order, cast, at=at)
    _authority_given_up(made.pk)
    made.refresh_from_db()
    assert made.next_poll_at is not None
    assert made.next_poll_at > at + 30 * MINUTE
    assert emission.wake_due(at=made.next_poll_at) == 1


def test_staff_who_note_it_by_hand_end_the_questions(cast: Cast):
    order, at = approved(cast), timezone.now()
    send(order, cast, at=at)
    acts.failed(now_of(order), by=cast.agente, at=at, note="Cancelado na AC")
    assert not Emission.objects.at_authority().exists()
    assert order.emissions.open().count() == 1, "a new code"
    delivery.sweep()
    assert now_of(order).status == S.APPROVED


def test_a_certificate_that_comes_after_staff_gave_it_up_is_told_and_kept(cast: Cast, monkeypatch):
    scripted(monkeypatch, "r1", Issued(chain_of(cast)))
    order, at = approved(cast), timezone.now()
    made = send(order, cast, at=at)
    acts.failed(now_of(order), by=cast.agente, at=at, note="Demorou")
    emission.ask_authority(made, at=at)
    assert order.events.filter(kind="late").exists()
    assert now_of(order).status == S.APPROVED


def test_without_an_authority_any_more_it_waits(cast: Cast, settings):
    order = approved(cast)
    made = send(order, cast)
    settings.DEMO = False
    assert current_authority() is None
    ask(order)
    made.refresh_from_db()
    assert made.silent_since
    assert now_of(order).status == S.ISSUING


def test_ordered_by_signature_the_authority_gets_the_proof(cast: Cast, monkeypatch):
    found = scripted(monkeypatch, "r1", Pending())
    order = a_renewal(cast)
    confirm(order, cast, of_ana(cast))
    renewal = renewing.renewal_of(order)
    assert renewal is not None
    renewal.signature = b"p7s"
    renewal.save()
    acts.verify(now_of(order), by=cast.agente, at=timezone.now())
    send(now_of(order), cast)
    ask(order)
    assert found.asked[0][2] == b"p7s"
