"""Remove the documents that are past their end, now, and print the purge report."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Document, PurgeRun
from invoices.services.purge_reports import Total, forecast, totals_of
from invoices.services.removal import CHUNK, expire

MAX_CHUNK = 5000


class Command(BaseCommand):
    help = _("Removes the documents that are past their end and prints the purge report.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help=_("Only say what would be removed.")
        )
        parser.add_argument(
            "--as-of", default="", metavar="ISO",
            help=_("As if it were that day (its start) or instant."),
        )  # fmt: skip
        parser.add_argument(
            "--chunk", type=int, default=CHUNK,
            help=_("Documents per transaction, 1 to %(most)d.") % {"most": MAX_CHUNK},
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        as_of = _instant(options["as_of"]) if options["as_of"] else timezone.now()
        if not 1 <= options["chunk"] <= MAX_CHUNK:
            raise CommandError(_("A chunk has 1 to %(most)d documents.") % {"most": MAX_CHUNK})
        if options["dry_run"]:
            self._report(forecast(as_of), _("Documents that would be removed: %(n)d (%(size)s)."))
            return
        if as_of > timezone.now():
            raise CommandError(_("That lies in the future: only --dry-run can look ahead."))
        run = expire(as_of=as_of, chunk=options["chunk"], on_chunk=self._progress(as_of))
        self._report(totals_of(run) if run.pk else [], _("Documents removed: %(n)d (%(size)s)."))
        if run.failures:
            raise CommandError(
                _("Not removed, to be tried again: %(n)d. The last error: %(error)s")
                % {"n": run.failures, "error": run.error}
            )

    def _progress(self, as_of: datetime) -> Callable[[PurgeRun], None]:
        total = Document.objects.expired(at=as_of).count()
        start = time.monotonic()

        def tell(run: PurgeRun) -> None:
            done = run.removed + run.failures
            rate = done / max(time.monotonic() - start, 0.001)
            self.stderr.write(
                _("%(done)d of %(total)d, %(rate)d per second")
                % {"done": done, "total": max(total, done), "rate": rate}
            )

        return tell

    def _report(self, totals: list[Total], summary: str) -> None:
        for row in totals:
            freed = filesizeformat(row.bytes)
            self.stdout.write(f"{row.company} · {row.type}: {row.documents} ({freed})")
        documents, size = sum(t.documents for t in totals), sum(t.bytes for t in totals)
        self.stdout.write(summary % {"n": documents, "size": filesizeformat(size)})


def _instant(text: str) -> datetime:
    """An aware instant from ISO 8601: a date is its start; without offset, in our time zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            _("“%(text)s” is no ISO 8601 date or instant.") % {"text": text}
        ) from error
    return timezone.make_aware(at) if timezone.is_naive(at) else at
