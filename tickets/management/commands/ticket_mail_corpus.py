"""Prove the reading of mail on a folder of other people's mails; nothing stays in the database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from portal.files.services import open_file
from tickets.mail.corpus import Row, check, mails_in, table
from tickets.models import Entry
from tickets.services import incoming


class Command(BaseCommand):
    help = (
        "Lê cada mensagem (.eml, .box, .raw) de uma pasta e mostra o que foi feito dela; com --banco "
        "também a leva às ordens, duas vezes, e desfaz."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="pasta")
        parser.add_argument("--banco", action="store_true", help="também no banco de dados")

    def handle(self, *_args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"Não há pasta {folder}.")
        wrong: list[str] = []

        def rows() -> Iterator[Row]:
            for name, raw in mails_in(folder):
                row = check(name, raw)
                if (
                    row.has_failed
                    or not row.is_valid
                    or (options["banco"] and not _twice_is_one(raw))
                ):
                    wrong.append(name)
                yield row

        for line in table(rows()):
            self.stdout.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} com falha: {', '.join(wrong[:10])}")


def _twice_is_one(raw: bytes) -> bool:
    """Whether the mail is kept as it is, and taken in twice makes one entry at most."""
    at, before = timezone.now(), Entry.objects.count()
    kept = [incoming.keep(raw, at=at) for _ in range(2)]
    with transaction.atomic():
        for row in kept:
            incoming.take(row, at=at)
        entries = Entry.objects.count() - before
        transaction.set_rollback(True)
    with open_file(kept[0].file_key) as file:
        is_whole = file.read() == raw
    for row in kept:
        incoming.forget(row)
    return is_whole and entries <= 1
