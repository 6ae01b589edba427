"""Mailboxes asked over IMAP: what dovecot holds is kept once, and every fault is said."""

import json
import warnings
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import Permission
from django.utils import timezone

from portal.mail_tokens import NotReached, SignInRefused
from portal.outbox.models import Entry as Outbox
from tests.tickets import dovecot
from tests.tickets.dovecot import PASSWORD, Dovecot
from tests.tickets.posting import BOX, a_mail, make_mailbox
from tests.token_server import Tokens, serving_tokens
from tickets.models import Entry, IncomingMail, Mailbox
from tickets.services import incoming, mail_tokens, mailboxes
from tickets.tasks import poll_mailbox, poll_mailboxes

pytestmark = pytest.mark.django_db
needs_dovecot = pytest.mark.skipif(
    not dovecot.PROGRAM,
    reason="NO TEST OF IMAP: install dovecot-imapd (apt-get install dovecot-imapd)",
)
if not dovecot.PROGRAM:
    warnings.warn("dovecot is missing: nothing is fetched over IMAP in these tests", stacklevel=1)


@pytest.fixture(scope="module")
def tokens() -> Iterator[Tokens]:
    with serving_tokens() as found:
        yield found


@pytest.fixture(scope="module")
def server(tokens: Tokens) -> Iterator[Dovecot]:
    with dovecot.serving(tokens) as found:
        yield found


@pytest.fixture
def box(server: Dovecot) -> Mailbox:
    """An empty mailbox, asked by password."""
    server.empty()
    return with_password(make_mailbox(port=server.port))


def with_password(box: Mailbox, password: str = PASSWORD, **values: object) -> Mailbox:
    for name, value in {"security": "none", "username": BOX, **values}.items():
        setattr(box, name, value)
    mail_tokens.set_secrets(box, secret=password)
    box.save()
    return box


def poll(box: Mailbox, **later: float) -> int | None:
    return mailboxes.poll(box, at=timezone.now() + timedelta(**later))


def refuse(box: Mailbox) -> str:
    with pytest.raises(SignInRefused):
        poll(box)
    box.refresh_from_db()
    assert box.paused_at is not None
    return box.error


@needs_dovecot
def test_each_mail_is_kept_once_whoever_has_read_it(box, server):
    server.deliver(a_mail("Um.", Message_ID="<1@x.example>"), "1")
    server.deliver(a_mail("Dois.", Message_ID="<2@x.example>"), "2:2,S")  # somebody has read it
    assert poll(box) == 2
    assert poll(box, minutes=1) == 0
    server.deliver(a_mail("Três.", Message_ID="<3@x.example>"), "3")
    assert poll(box, minutes=2) == 1
    assert (box.error, box.failures, box.leased_until) == ("", 0, None)
    assert sorted(IncomingMail.objects.values_list("uid", flat=True)) == [1, 2, 3]
    for row in IncomingMail.objects.all():
        incoming.take(row, at=timezone.now())
    assert Entry.objects.count() == 3


@needs_dovecot
def test_the_server_is_left_as_it_was(box, server):
    server.deliver(a_mail(), "1")
    poll(box)
    assert [path.name for path in server.mails()] in (["1"], ["1:2,"])  # not marked as read


@needs_dovecot
def test_a_box_restored_under_its_name_doubles_nothing(box, server):
    server.deliver(a_mail(Message_ID="<1@x.example>"), "1")
    poll(box)
    before = box.uid_validity
    server.forget()
    assert poll(box, minutes=1) == 1
    assert box.uid_validity != before
    for row in IncomingMail.objects.all():
        incoming.take(row, at=timezone.now())
    assert Entry.objects.count() == 1


@needs_dovecot
def test_killed_between_two_mails_it_loses_and_doubles_nothing(box, server, monkeypatch):
    for n in (1, 2, 3):
        server.deliver(a_mail(f"{n}", Message_ID=f"<{n}@x.example>"), str(n))
    real, kept = incoming.keep, []

    def dies_after_the_second(*args, **named):
        row = real(*args, **named)
        kept.append(row)
        if len(kept) == 2:
            raise KeyboardInterrupt  # before the number is noted
        return row

    monkeypatch.setattr(incoming, "keep", dies_after_the_second)
    with pytest.raises(KeyboardInterrupt):
        poll(box)
    monkeypatch.undo()
    assert poll(box, minutes=1) is None  # the dead one still holds it
    assert poll(box, seconds=mailboxes.LEASE.total_seconds() + 1) == 2
    assert sorted(IncomingMail.objects.values_list("uid", flat=True)) == [1, 2, 3]


@needs_dovecot
def test_a_wrong_password_stops_it_visibly_and_it_is_not_tried_again(box):
    with_password(box, "errada")
    assert BOX in refuse(box)
    assert "errada" not in box.error
    assert poll(box, hours=5) is None
    mailboxes.resume(with_password(box))
    assert poll(box, hours=5) == 0


@needs_dovecot
def test_a_folder_that_is_not_there_is_named(box):
    with_password(box, folder="Não há")
    with pytest.raises(NotReached):
        poll(box)
    assert "Não há" in box.error


@needs_dovecot
def test_microsoft_and_google_tokens_open_the_box(box, server, tokens):
    server.deliver(a_mail(), "1")
    url = f"{tokens.url}/token"
    mail_tokens.set_secrets(box, secret="segredo", refresh_token="renova")
    with_token = {"token_url": url, "client_id": "app", "scope": "escopo"}
    for name, value in with_token.items():
        setattr(box, name, value)
    expected = {
        "xoauth2": {"grant_type": "client_credentials", "client_id": "app",
                    "client_secret": "segredo", "scope": "escopo"},
        "refresh": {"grant_type": "refresh_token", "client_id": "app",
                    "client_secret": "segredo", "refresh_token": "renova"},
    }  # fmt: skip
    for minute, (auth, form) in enumerate(expected.items()):
        box.auth = auth
        box.save()
        assert poll(box, minutes=minute) == (0 if minute else 1)
        assert tokens.asked[-1] == form


@needs_dovecot
def test_a_service_account_signs_what_it_asks_for(box, tokens):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {"private_key": pem.decode(), "client_email": "robo@projeto.example"}
    box.auth, box.token_url = "service", f"{tokens.url}/token"
    mail_tokens.set_secrets(box, secret=json.dumps(account))
    box.save()
    assert poll(box) == 0
    head, claims, signature = tokens.asked[-1]["assertion"].split(".")
    tokens.verify(key.public_key(), f"{head}.{claims}", signature)
    assert tokens.decoded(claims)["sub"] == BOX
    box.sealed = b""
    mail_tokens.set_secrets(box, secret="não é um arquivo")
    box.save()
    assert "conta de serviço" in refuse(box)


@pytest.mark.parametrize(
    ("code", "words"),
    [("invalid_grant", "autorização"), ("invalid_client", "segredo"), ("outro", "400")],
)
def test_a_token_that_is_refused_stops_it_visibly(tokens, code, words):
    box = make_mailbox(auth="xoauth2", client_id="app", token_url=f"{tokens.url}/token")
    mail_tokens.set_secrets(box, secret="Xyz")
    box.save()
    tokens.refusal = code
    error = refuse(box)
    tokens.refusal = ""
    assert words in error
    assert "Xyz" not in error


@needs_dovecot
def test_the_token_of_another_account_does_not_open_the_box(box, tokens):
    box.auth, box.client_id, box.token_url = "xoauth2", "app", f"{tokens.url}/token"
    box.save()
    tokens.email = "outra@provedor.example"
    error = refuse(box)
    tokens.email = BOX
    assert BOX in error


@needs_dovecot
def test_the_test_says_which_account_and_which_folders(box, server):
    server.deliver(a_mail(), "1")
    mailboxes.test(box, at=timezone.now())
    assert BOX in box.test_result
    assert "INBOX" in box.test_result
    assert "1" in box.test_result
    assert not IncomingMail.objects.exists()
    with_password(box, "errada")
    mailboxes.test(box, at=timezone.now())
    assert "senha" in box.test_result
    assert "errada" not in box.test_result


def test_a_server_that_is_not_there_is_asked_less_and_less_often():
    box = with_password(make_mailbox(port=dovecot.free_port()))
    at, waits = timezone.now(), []
    for _ in range(9):
        with pytest.raises(NotReached):
            mailboxes.poll(box, at=at)
        waits.append(((box.due_at or at) - at).total_seconds() / 60)
        assert mailboxes.poll(box, at=at + timedelta(seconds=50)) is None
        at = box.due_at or at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert str(box.port) in box.error


@pytest.mark.parametrize(
    ("values", "words"),
    [({"host": "nao-ha.invalid", "security": "tls"}, "nao-ha.invalid"),
     ({"host": "10.0.0.1"}, "criptografia")],
)  # fmt: skip
def test_what_cannot_be_reached_is_said_in_plain_words(values, words):
    box = with_password(make_mailbox(), **values)
    with pytest.raises(NotReached):
        poll(box)
    assert words in box.error


def test_two_processes_never_ask_one_box_at_once():
    box = with_password(make_mailbox())
    Mailbox.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    assert poll(box) is None
    Mailbox.objects.update(leased_until=None, is_active=False)
    assert poll(box) is None


def test_who_may_mend_a_silent_box_is_told_once_and_again_after_it_worked(cast, monkeypatch):
    box = with_password(make_mailbox(port=dovecot.free_port()))
    admin = cast.admin
    assert admin.has_perm("tickets.change_mailbox")
    named = Permission.objects.get(codename="change_mailbox")
    cast.atendente.user_permissions.add(named)
    at = timezone.now()
    with pytest.raises(NotReached):
        mailboxes.poll(box, at=at)
    assert mailboxes.alert_silent(at=at + timedelta(minutes=29)) == 0
    assert mailboxes.alert_silent(at=at + timedelta(minutes=31)) == 1
    assert mailboxes.alert_silent(at=at + timedelta(minutes=32)) == 0
    told = set(Outbox.objects.filter(kind="mail").values_list("recipient", flat=True))
    assert told == {admin.email, cast.atendente.email}
    monkeypatch.setattr(mailboxes, "_fetch", lambda *_: 0)
    assert mailboxes.poll(box, at=at + timedelta(hours=2)) == 0
    assert mailboxes.alert_silent(at=at + timedelta(hours=2, minutes=29)) == 0
    assert mailboxes.alert_silent(at=at + timedelta(hours=2, minutes=31)) == 1


def test_the_beat_has_each_due_box_asked_and_never_fails(monkeypatch):
    asked = []
    monkeypatch.setattr(poll_mailbox, "apply_async", lambda args, **_: asked.append(args))
    box = with_password(make_mailbox(port=dovecot.free_port()))
    make_mailbox(address="outra@provedor.example", is_active=False)
    poll_mailboxes()
    assert asked == [(box.pk,)]
    poll_mailbox(box.pk)
    poll_mailbox(-1)
    box.refresh_from_db()
    assert box.failures == 1


def test_a_client_secret_that_ends_is_watched(cast):
    on = date(2026, 12, 31)
    box = make_mailbox(secret_expires_on=on)
    (item,) = mailboxes.secrets_due(on, on)
    assert (item.key, item.expires_on) == (f"mailbox:{box.pk}", on)
    assert mailboxes.told_of_secrets([item.key])[item.key] >= {cast.admin.pk}
    assert list(mailboxes.secrets_visible_to(cast.admin, on, on, None))
    assert not list(mailboxes.secrets_visible_to(cast.ana, on, on, None))
