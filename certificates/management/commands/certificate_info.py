"""Print what a certificate says, or what is wrong with it, as JSON or as text."""

import getpass
import json
import sys
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from certificates.icp import (
    CertificateRecord,
    Person,
    check_usable,
    is_icp_brasil,
    is_strict_der,
    read_certificate,
)
from certificates.icp.pfx import read_pfx_record
from certificates.icp.reading import MAX_BYTES, is_pfx
from portal.taxid import format_tax_id


class Command(BaseCommand):
    help = _("Prints what a certificate says (PFX, DER or PEM), or what is wrong with it.")
    # It reads one file; the database may be down.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help=_("A .pfx, .p12, .cer, .pem or .p7b."))
        parser.add_argument(
            "--password-file", help=_("The file whose first line is the PFX's password.")
        )
        parser.add_argument("--text", action="store_true", help=_("For people, not as JSON."))

    def handle(self, **options: Any) -> None:
        record: CertificateRecord | None = None
        try:
            record = _read(Path(options["file"]), options["password_file"])
            check_usable(record, timezone.now())
        except ValidationError as error:
            self._print(record, error, as_text=options["text"])
            sys.exit(1)
        self._print(record, None, as_text=options["text"])

    def _print(
        self, record: CertificateRecord | None, error: ValidationError | None, *, as_text: bool
    ) -> None:
        if as_text:
            wrong = [f"{error.messages[0]} ({error.code})"] if error else []
            self.stdout.write("\n".join([*wrong, *(_lines(record) if record else [])]))
            return
        facts = _facts(record) if record else None
        if error:
            told: dict[str, Any] = {"error": {"code": error.code, "message": error.messages[0]}}
            facts = told | ({"record": facts} if facts else {})
        self.stdout.write(json.dumps(facts, indent=2, ensure_ascii=False))


@sensitive_variables("data")
def _read(file: Path, password_file: str | None) -> CertificateRecord:
    data = _bytes(file)
    if is_pfx(data):
        return read_pfx_record(data, _password(password_file))
    return read_certificate(data)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValidationError(
            _("%(file)s cannot be read: %(reason)s")
            % {"file": file, "reason": error.strerror or error},
            code="no_file",
        ) from error


@sensitive_variables()
def _password(password_file: str | None) -> str:
    """The first line of the file, else of what is typed; never from the command line."""
    if password_file:
        raw = _bytes(Path(password_file)).removeprefix(b"\xef\xbb\xbf")
        first = raw.split(b"\n", 1)[0].removesuffix(b"\r")
        try:
            return first.decode()
        except UnicodeDecodeError:
            return first.decode("latin-1")
    if sys.stdin.isatty():
        return getpass.getpass(_("Password of the file: "))
    return sys.stdin.readline().rstrip("\r\n")


def _facts(record: CertificateRecord) -> dict[str, Any]:
    """The record, for JSON; numbers without mask, instants in UTC."""
    plain = {name: _plain(value) for name, value in vars(record).items() if name != "der"}
    return plain | {"icp_brasil": is_icp_brasil(record), "strict_der": is_strict_der(record.der)}


def _plain(value: Any) -> Any:
    if isinstance(value, Person):
        return {name: _plain(part) for name, part in vars(value).items()}
    return value.isoformat() if isinstance(value, date) else value


def _lines(record: CertificateRecord) -> list[str]:
    person = record.person
    rows: list[tuple[str, Any]] = [
        (_("Kind"), record.kind.label),
        (_("Name"), record.name),
        ("CNPJ", format_tax_id(record.cnpj)),
        ("CPF", format_tax_id(record.cpf)),
        (_("Responsible person"), person.name if person and record.cnpj else ""),
        (_("Birth"), person.birth if person else ""),
        ("NIS", person.nis if person else ""),
        ("RG", f"{person.rg} {person.rg_issuer} {person.rg_state}".strip() if person else ""),
        (_("E-mail"), record.email),
        (_("Policy"), f"{record.policy} {record.policy_oid}".strip()),
        (_("Issuer"), record.issuer),
        (_("Valid from"), record.not_before),
        (_("Valid until"), record.not_after),
        (_("Serial number"), record.serial),
        ("SHA-256", record.sha256),
        ("SHA-1", record.sha1),
        (_("Strict DER"), _("yes") if is_strict_der(record.der) else _("no")),
    ]
    return [f"{label + ':':<24}{_shown(value)}" for label, value in rows if value]


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else str(value)
