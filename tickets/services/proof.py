"""Proves on one mail that it is kept as it came, and makes one entry though it comes twice.

Nothing stays: what the database was told is taken back, files are removed.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from portal.files.services import Stored, drop_unclaimed, open_file, store
from portal.provider.models import ContactDesk
from tickets.mail.classify import Kind, classify
from tickets.mail.corpus import Proof, is_storable
from tickets.mail.message import Mail
from tickets.models import Department, Entry, IncomingMail
from tickets.services import incoming, mail_files
from tickets.services.mail_files import MailFiles


def prove(raw: bytes, mail: Mail | None, *, at: datetime) -> Proof:
    """Keep these bytes and read them again; put the mail (None: it could not be read) into orders
    twice, as two mailboxes would. Outside of transactions."""
    files = MailFiles()
    stored = store(raw, prefix="tickets/mail", name="mail.eml")
    try:
        with open_file(stored.key) as file:
            is_kept = file.read() == raw
        if mail is not None:
            files = mail_files.store_files(mail)
        return Proof(is_kept, _entries_of_two(stored, mail, files, at), _expected(mail))
    finally:
        mail_files.drop(files)
        drop_unclaimed(stored.key)


def _expected(mail: Mail | None) -> int | None:
    """A person's mail makes an entry, a report none; automatic mail may belong to an order."""
    if mail is None or incoming.returns_to_us(mail):
        return 0
    return {Kind.NORMAL: 1, Kind.BOUNCE: 0}.get(classify(mail).kind)


def _entries_of_two(stored: Stored, mail: Mail | None, files: MailFiles, at: datetime) -> int:
    with transaction.atomic():
        _department()
        rows = [_row(stored, at) for _ in range(2)]
        for row, its_files in zip(rows, (files, MailFiles()), strict=True):
            if mail is None:
                incoming.give_up(row, "", at=at)
            else:
                incoming.put(row, mail, its_files, at=at)
        count = _sound(list(Entry.objects.filter(mail__in=rows)))
        transaction.set_rollback(True)
    return count


def _sound(entries: Sequence[Entry]) -> int:
    """How many they are. Raises ValueError for a text that could not be kept as it was."""
    for entry in entries:
        if not all(map(is_storable, (entry.text, entry.html, entry.author, entry.ticket.subject))):
            raise ValueError(entry.key)
    return len(entries)


def _row(stored: Stored, at: datetime) -> IncomingMail:
    return IncomingMail.objects.create(
        file_key=stored.key, size=stored.size, sha256=stored.sha256, fetched_at=at
    )


def _department() -> None:
    """One that takes mail, as a portal has that is set up."""
    if not Department.objects.filter(is_active=True).exists():
        desk = ContactDesk.objects.create(name="Correio", email="correio@exemplo.com.br")
        Department.objects.create(desk=desk)
