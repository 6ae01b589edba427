"""Publish a folder of documents by its manifest."""

import sys
import time
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.services import NoSigner
from invoices.models import Batch
from invoices.services.folder_publishing import check_folder, publish_here
from portal.accounts.models import User
from portal.batches.reports import figures, rows_of
from portal.batches.services import discard
from portal.transitions import IllegalTransition

SHOWN_ERRORS = 20
# Exit codes: 0 done (or nothing to do), 1 not possible, 2 rows with errors, 3 not confirmed.
ROWS_WITH_ERRORS, NOT_CONFIRMED = 2, 3


class Meter:
    """How many rows a second, and how long it may still take."""

    def __init__(self, out: Any, label: str) -> None:
        self._out, self._label = out, label
        self._start = time.monotonic()
        self._first: int | None = None

    def __call__(self, batch: Batch) -> None:
        first = self._first = batch.done if self._first is None else self._first
        rate = max(batch.done - first, 1) / max(time.monotonic() - self._start, 0.001)
        left = max(batch.total - batch.done, 0) / rate
        end = "\r" if self._out.isatty() else "\n"
        self._out.write(
            _("%(label)s: %(done)d of %(total)d (%(rate).0f/s, %(left).0f s left)   ")
            % {
                "label": self._label,
                "done": batch.done,
                "total": batch.total,
                "rate": rate,
                "left": left,
            },
            ending=end,
        )


class Command(BaseCommand):
    help = _(
        "Publishes the documents of a folder by its manifest. The same folder again changes nothing;"
        " a run that was stopped goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--manifest", type=Path, metavar="FILE",
            help=_("CSV or XLSX; by default manifesto.csv or manifesto.xlsx in the folder."),
        )  # fmt: skip
        parser.add_argument(
            "--dry-run", action="store_true", help=_("Only check, publish nothing.")
        )
        parser.add_argument("--yes", action="store_true", help=_("Publish without asking."))
        parser.add_argument("--by", metavar="EMAIL", help=_("On whose behalf it is published."))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        by = self._who(options["by"])
        batch = self._checked(options["folder"], options["manifest"], by)
        counts = self._report(batch)
        if options["dry_run"]:
            if batch.status == Batch.Status.CHECKED:
                discard(batch, by=by, at=timezone.now())
            if counts["error"]:
                sys.exit(ROWS_WITH_ERRORS)
            return
        if batch.status == Batch.Status.CHECKED and counts["error"]:
            discard(batch, by=by, at=timezone.now())
            self.stderr.write(_("Nothing was published: correct the errors and try again."))
            sys.exit(ROWS_WITH_ERRORS)
        if not (options["yes"] or self._confirmed()):
            self.stderr.write(_("Nothing was published."))
            sys.exit(NOT_CONFIRMED)
        self._publish(batch, by)

    def _who(self, email: str | None) -> User | None:
        if not email:
            return None
        staff = User.objects.filter(is_staff=True, is_active=True)
        user = staff.filter(email=email.lower()).order_by("-email_proof", "pk").first()
        if user is None or not (user.is_staff and user.has_perm("invoices.publish_document")):
            raise CommandError(_("%(email)s is nobody who may publish.") % {"email": email})
        return user

    def _checked(self, folder: Path, manifest: Path | None, by: User | None) -> Batch:
        if not folder.is_dir():
            raise CommandError(_("%(folder)s is not a folder.") % {"folder": folder})
        if manifest is not None and not manifest.is_file():
            raise CommandError(_("%(file)s is not a file.") % {"file": manifest})
        try:
            return check_folder(folder, manifest, by=by, progress=Meter(self.stderr, _("Checked")))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _report(self, batch: Batch) -> dict[str, int]:
        if self.stderr.isatty():
            self.stderr.write("")
        for figure in figures(batch):
            self.stdout.write(f"{figure['label']}: {figure['count']}")
        for row in rows_of(batch, "error")[:SHOWN_ERRORS]:
            for error in row.errors:
                said = _("row %(line)d, %(column)s: %(message)s")
                self.stdout.write("  " + said % {"line": row.line, **error})
        if batch.counts.get("spare"):
            self.stdout.write(
                _("Files that no row names: %(count)d") % {"count": batch.counts["spare"]}
            )
        return {figure["value"]: figure["count"] for figure in figures(batch)}

    def _confirmed(self) -> bool:
        if not sys.stdin.isatty():
            return False
        answer = input(_("Publish? [y/N] "))
        return answer.strip().lower()[:1] in {"y", "s"}

    def _publish(self, batch: Batch, by: User | None) -> None:
        try:
            progress = Meter(self.stderr, _("Published"))
            publish_here(batch, by=by, at=timezone.now(), progress=progress)
        except (IllegalTransition, NoSigner) as error:
            raise CommandError(str(error)) from error
        failed = batch.counts.get("error", 0)
        self.stdout.write(
            _("Published: %(count)d documents.")
            % {"count": batch.rows.filter(document__isnull=False).count()}
        )
        if failed:
            self._report(batch)
            sys.exit(ROWS_WITH_ERRORS)
