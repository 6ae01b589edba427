"""What trust stands on: roots, intermediates, revocation lists, and what went wrong lately."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.trust.status import Authority, Status, status


class Command(BaseCommand):
    help = _(
        "Prints roots, intermediates and revocation lists; ends with 1 when login lacks something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        found = status(at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(found.as_dict(), cls=DjangoJSONEncoder, indent=1))
        else:
            self._print(found)
        if found.problems:
            raise SystemExit(1)

    def _print(self, found: Status) -> None:
        self._authorities(_("Trusted roots"), found.roots)
        self._authorities(_("Intermediate authorities"), found.intermediates)
        self.stdout.write(_("Revocation lists"))
        for one in found.lists:
            self.stdout.write(
                f"  {one.state:8} {one.issuer} ({one.entries}, {one.size // 1024} KB)"
            )
            self.stdout.write(
                f"           {day(one.this_update)} – {day(one.next_update)}  {one.url}"
            )
        self.stdout.write(_("Last failures"))
        for failure in found.failures:
            self.stdout.write(
                f"  {day(failure.failed_at)} ×{failure.failures} {failure.url}: {failure.error}"
            )
        for problem in found.problems:
            self.stderr.write(f"! {problem}")

    def _authorities(self, title: str, authorities: list[Authority]) -> None:
        self.stdout.write(title)
        for one in authorities:
            self.stdout.write(f"  {one.state:8} {day(one.not_after)[:10]} {one.name} {one.source}")
            self.stdout.write(f"           {one.sha256}")


def day(value: datetime | None) -> str:
    """``dd/mm/aaaa HH:MM`` in the portal's time, or a dash."""
    return f"{timezone.localtime(value):%d/%m/%Y %H:%M}" if value else "–"
