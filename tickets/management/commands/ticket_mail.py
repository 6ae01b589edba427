"""Take one mail from standard input into the service orders: for mail servers that pipe."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tickets.models import Mailbox
from tickets.services import incoming


class Command(BaseCommand):
    help = "Lê uma mensagem da entrada padrão e a leva às ordens de serviço."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--caixa", default="", help="endereço da caixa a que a mensagem chegou")

    def handle(self, *_args: Any, **options: Any) -> None:
        mailbox = Mailbox.objects.filter(address=options["caixa"]).first()
        if options["caixa"] and mailbox is None:
            raise CommandError(f"Não há caixa {options['caixa']}.")
        raw = sys.stdin.buffer.read()
        if not raw.strip():
            raise CommandError("A mensagem está vazia.")
        row = incoming.keep(raw, at=timezone.now(), mailbox=mailbox)
        self.stdout.write(f"Guardada: {row.pk}.")
