"""Verify the audit chains; exit 1 at a broken one."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.audit import heads
from portal.audit.labels import chain_label
from portal.audit.verification import ChainReport, chains, recorded_erasures, verify_chain


class Command(BaseCommand):
    help = _(
        "Reads every audit chain from its first link to its last and compares it with the heads "
        "that were noted every night under AUDIT_HEADS_DIR. Prints name, length and last hash of each "
        "whole chain; names the first broken link of the others and what is wrong with it, and exits 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", help=_("only this chain: portal, or company:<number>"))
        parser.add_argument(
            "--against", type=Path, action="append", default=[],
            help=_("a folder or file of noted heads kept elsewhere; may be given several times"),
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        noted = self._noted([heads.folder(), *options["against"]])
        names = [options["chain"]] if options["chain"] else [*chains()]
        names += [name for name in noted.heads if name not in names and not options["chain"]]
        reports = [self._verify(name, noted.heads.get(name, {})) for name in names]
        broken = [report.broken_at is None for report in reports].count(False)
        whole = options["chain"] or self._explained(sum(report.erased for report in reports))
        if broken or noted.problems or not whole:
            text = ngettext("%(count)s chain is broken.", "%(count)s chains are broken.", broken)
            self._wrong(text % {"count": broken})
            sys.exit(1)
        text = ngettext("%(count)s chain is whole.", "%(count)s chains are whole.", len(names))
        self.stderr.write(self.style.SUCCESS(text % {"count": len(names)}))

    def _noted(self, places: list[Path]) -> heads.Noted:
        found = heads.Noted()
        for place in places:
            if place != heads.folder() and not place.exists():
                raise CommandError(_("There is nothing at %(place)s.") % {"place": place})
            read = heads.read(place)
            found.problems += read.problems
            for chain, links in read.heads.items():
                for sequence, digest in links.items():
                    found.add(chain, sequence, digest)
        for problem in found.problems:
            self._wrong(problem)
        if not found.heads:
            self.stderr.write(
                _("No heads were noted yet: a chain that was cut off would not show.")
            )
        return found

    def _explained(self, erased: int) -> bool:
        """Whether no more links have lost who did it than erasures on record took it from."""
        recorded = recorded_erasures()
        text = _("Links without who did it: %(found)s. Taken out by erasures on record: %(told)s.")
        told = _("unknown") if recorded is None else recorded
        self.stderr.write(text % {"found": erased, "told": told})
        if recorded is None or erased <= recorded:
            return True
        self._wrong(_("Somebody took out who did it without an erasure: in the database itself."))
        return False

    def _verify(self, chain: str, noted: dict[int, str]) -> ChainReport:
        report: ChainReport = verify_chain(chain, heads=noted)
        if report.broken_at is not None:
            words = _("%(chain)s (%(name)s): broken at link %(link)s: %(reason)s")
            self._wrong(words % {"chain": chain, "name": chain_label(chain),
                                 "link": report.broken_at, "reason": report.reason})  # fmt: skip
            return report
        self.stdout.write(f"{chain}\t{report.whole}\t{report.head}")
        if report.unproven:
            words = _(
                "%(chain)s: %(count)s links of the old format have no proof: run audit_heads."
            )
            self.stderr.write(words % {"chain": chain, "count": report.unproven})
        return report

    def _wrong(self, text: str) -> None:
        self.stderr.write(self.style.ERROR(text))
