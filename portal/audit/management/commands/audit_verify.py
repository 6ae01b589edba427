"""Verify the audit chains; exit 1 at a broken one."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit.services import ChainReport, chains, verify_chain


class Command(BaseCommand):
    help = (
        "Reads every audit chain from its first link to its last and prints, for each, its name, "
        "length and last hash. Keep that output elsewhere and give it back with --against: a chain "
        "that was cut off or written anew is found too. Exits 1 and names the first broken link."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", help="only this chain: portal, or company:<number>")
        parser.add_argument("--against", type=Path, help="a file with the output of an earlier run")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        noted = self._noted(options["against"]) if options["against"] else {}
        names = [options["chain"]] if options["chain"] else [*chains()]
        names += [name for name in noted if name not in names and not options["chain"]]
        broken = [self._verify(name, noted.get(name, {})) for name in names].count(False)
        if broken:
            self.stderr.write(self.style.ERROR(f"{broken} of {len(names)} chains are broken."))
            sys.exit(1)
        self.stderr.write(self.style.SUCCESS(f"{len(names)} chains are whole."))

    def _verify(self, chain: str, heads: dict[int, str]) -> bool:
        report: ChainReport = verify_chain(chain, heads=heads)
        if report.broken_at is None:
            self.stdout.write(f"{chain}\t{report.whole}\t{report.head}")
            return True
        self.stderr.write(
            self.style.ERROR(f"{chain}: broken at link {report.broken_at}: {report.reason}")
        )
        return False

    def _noted(self, path: Path) -> dict[str, dict[int, str]]:
        noted: dict[str, dict[int, str]] = defaultdict(dict)
        try:
            for line in filter(None, path.read_text().splitlines()):
                chain, length, head = line.split("\t")
                if int(length):
                    noted[chain][int(length)] = head
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} is not the output of audit_verify: {error}") from None
        return noted
