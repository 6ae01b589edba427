"""The demonstration's mail that is in no order: one that could not be read, and two left out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from django.db import transaction
from django.utils.translation import gettext as _

from portal.demo.cast import DOMAIN
from portal.files.services import claim, store
from tickets.models import IncomingMail

Status = IncomingMail.Status


@dataclass(frozen=True, kw_only=True)
class _Scene:
    """``kind``: as ``tickets.mail.classify`` codes it."""

    sender: str
    subject: str
    text: str
    status: Status
    hours: int
    kind: str = ""
    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def _scenes() -> list[_Scene]:
    return [
        _Scene(
            sender=f"Wanda Prado <wanda.prado@clientes.{DOMAIN}>", status=Status.UNREADABLE, hours=3,
            subject="Segunda via da fatura de outubro",
            text="Bom dia,\n\nPreciso da segunda via da fatura de outubro.\n\nWanda",
            error=_("It could not be put into an order; try it again."),
        ),
        _Scene(
            sender=f"Hugo Neves <hugo.neves@clientes.{DOMAIN}>", status=Status.IGNORED, hours=20,
            subject="Ausência temporária: férias", text="Estou de férias até o dia 10.",
            kind="auto:auto_submitted", headers=(("Auto-Submitted", "auto-replied"),),
        ),
        _Scene(
            sender=f"Mail Delivery System <mailer-daemon@clientes.{DOMAIN}>", hours=44,
            subject="Undelivered Mail Returned to Sender", text="Caixa de correio cheia.",
            status=Status.IGNORED, kind="bounce:null_sender_and_daemon",
            headers=(("Return-Path", "<>"),),
        ),
    ]  # fmt: skip


def make(*, at: datetime) -> None:
    """Keep them as they would have come before ``at``. Outside of transactions."""
    for scene in _scenes():
        raw = _raw(scene, at)
        stored = store(raw, prefix="tickets/mail", name="mail.eml")
        when = at - timedelta(hours=scene.hours)
        with transaction.atomic():
            IncomingMail.objects.create(
                file_key=stored.key, size=stored.size, sha256=stored.sha256, status=scene.status,
                sender=scene.sender.partition("<")[2].rstrip(">"), subject=scene.subject,
                kind=scene.kind, error=scene.error, fetched_at=when, done_at=when,
            )  # fmt: skip
            claim(stored.key)


def _raw(scene: _Scene, at: datetime) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = scene.sender, f"atendimento@{DOMAIN}"
    mail["Subject"], mail["Date"] = scene.subject, at - timedelta(hours=scene.hours)
    mail["Message-ID"] = f"<{scene.hours}@clientes.{DOMAIN}>"
    for name, value in scene.headers:
        mail[name] = value
    mail.set_content(scene.text)
    return mail.as_bytes()
