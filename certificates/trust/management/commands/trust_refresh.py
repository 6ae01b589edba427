"""Fetch now what trust needs: the operator's intermediates, authorities and revocation lists."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.trust import services
from certificates.trust.models import Fetched, IssuerAddress, RevocationList


class Command(BaseCommand):
    help = _(
        "Fetches the revocation lists that are due (with --all: every one), and says how it went."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help=_("also what is still in force"))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Ends with 1 when something could not be fetched."""
        now = timezone.now()
        added = services.import_bundle(at=now)
        self.stdout.write(_("Intermediate authorities added: %(count)s") % {"count": added})
        rows: list[Fetched] = list(IssuerAddress.objects.filter(fetched_at__isnull=True))
        rows += [
            row for row in RevocationList.objects.wanted(now) if options["all"] or row.is_due(now)
        ]
        failed = sum(not self._fetch(row, f"{i}/{len(rows)}") for i, row in enumerate(rows, 1))
        services.forget(at=now)
        self.stdout.write(
            _("Fetched: %(good)s. Failed: %(bad)s.") % {"good": len(rows) - failed, "bad": failed}
        )
        if failed:
            raise SystemExit(1)

    def _fetch(self, row: Fetched, place: str) -> bool:
        self.stdout.write(f"{place} {row.url} … ", ending="")
        self.stdout.flush()
        good = services.fetch_row(row, now=timezone.now())
        self.stdout.write("ok" if good else row.error)
        return good
