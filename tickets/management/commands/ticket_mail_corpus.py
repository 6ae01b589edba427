"""Prove the reading of mail on a folder of other people's mails. Nothing stays of them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tickets.mail.corpus import Row, check, mails_in, table
from tickets.services.proof import prove


class Command(BaseCommand):
    help = (
        "Lê cada mensagem (.eml, .box, .mbox, .raw) de uma pasta, guarda o original, leva-a duas "
        "vezes às ordens de serviço e mostra o que foi feito dela. Tudo é desfeito: nada fica no "
        "banco de dados, na fila de saída nem nos arquivos."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="pasta")
        parser.add_argument("--so-ler", action="store_true", help="sem o banco de dados")

    def handle(self, *_args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"Não há pasta {folder}.")
        proving = None if options["so_ler"] else partial(prove, at=timezone.now())
        wrong: list[str] = []

        def rows() -> Iterator[Row]:
            for name, raw in mails_in(folder):
                row = check(name, raw, prove=proving)
                if not row.is_good:
                    wrong.append(row.cells()[0])
                yield row

        for line in table(rows()):
            self.stdout.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} com falha: {', '.join(wrong[:10])}")
