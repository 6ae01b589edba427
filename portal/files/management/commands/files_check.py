"""Compare the store with the rows that name its files; exit 1 when one is missing."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.files.checking import check

SHOWN = 200


class Command(BaseCommand):
    help = _(
        "Lists stored files that no row names, dooms them, and lists rows whose file is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("List only; doom nothing."))
        parser.add_argument(
            "--grace", type=int, default=24, metavar="HOURS",
            help=_(
                "Doom what was stored so many hours ago; 0 after a restore, with the portal stopped."
            ),
        )  # fmt: skip

        parser.add_argument(
            "--many", action="store_true",
            help=_("Doom them also when they are more than a tenth of all files."),
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if options["grace"] < 0:
            raise CommandError(_("The hours cannot be negative."))
        grace = timedelta(hours=options["grace"])
        doom, many = not options["dry_run"], options["many"]
        found = check(at=timezone.now(), doom=doom, grace=grace, many=many)
        figures = {"stored": found.stored, "named": found.named}
        self.stdout.write(_("%(stored)s files stored, %(named)s named by rows.") % figures)
        for key in found.unnamed[:SHOWN]:
            self.stdout.write(_("Named by no row: %(key)s") % {"key": key})
        for lost in found.missing[:SHOWN]:
            said = {"field": lost.field, "row": lost.row, "key": lost.key}
            self.stdout.write(_("Missing: %(field)s of row %(row)s, %(key)s") % said)
        counts = {"unnamed": len(found.unnamed), "doomed": found.doomed}
        self.stdout.write(
            _("%(unnamed)s named by no row, %(doomed)s of them will be removed.") % counts
        )
        if found.too_many and doom and not many:
            raise CommandError(
                _("So many are named by no row that none was doomed. If that is right: --many.")
            )
        if found.missing:
            count = len(found.missing)
            raise CommandError(_("%(count)s named files are missing.") % {"count": count})
