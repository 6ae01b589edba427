"""Millions of rows in minutes: made by PostgreSQL itself, their indexes and keys afterwards.

What a table had before (indexes, unique constraints, foreign keys, all as migrations left them)
it has again afterwards, checked against the catalogue; then it is vacuumed and analysed as
production's is. The primary keys and the checks of values stay throughout.
"""

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

OWN_UNITS, OWN_PER_MONTH, MONTHS = 3, 30, 6
PER_UNIT = 150  # documents of every other unit, over the months
UNITS_OF_A_COMPANY = 2
PER_EVENT = 5  # documents to one audit event, one outbox entry, one tombstone
FEWEST = 1000  # of companies, people, drafts: a page of the small site is as full as of the large
QUICK = (
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    "SELECT pg_reload_conf()",
    "SET maintenance_work_mem = '1GB'",
    "SET work_mem = '256MB'",
    "SET jit = off",
)


def fill(documents: int) -> None:
    """People, companies, units, so many documents, and what grows with them."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in QUICK:
            cursor.execute(statement)
        with without_indexes(cursor, _FILLED):
            _people(cursor, max(1, (documents - OWN_UNITS * OWN_PER_MONTH * MONTHS) // PER_UNIT))
            note(f"{_documents(cursor)} documents")
            _traces(cursor, documents)
            note("what grows with them")
        note("indexes and keys")
        cursor.execute("VACUUM (ANALYZE)")
        note("vacuumed")
        cursor.execute("RESET ALL")


def fill_expired(count: int, **columns: object) -> None:
    """So many documents with two events each, spread over the units that are there.

    ``columns`` are what all of them have alike, by name of the column.
    """
    from django.db import connection

    from invoices.models import Document, DocumentEvent, DocumentType
    from portal.accounts.models import Unit

    units = [*Unit.objects.values_list("pk", flat=True)]
    same = {name: f"'{value}'" for name, value in columns.items()}
    with connection.cursor() as cursor:
        for statement in QUICK:
            cursor.execute(statement)
        with without_indexes(cursor, _FILLED):
            insert(cursor, Document, count, {
                "unit_id": f"(ARRAY{units})[1 + i % {len(units)}]",
                "type_id": f"{DocumentType.objects.earliest('pk').pk}", "number": "'n' || i",
                "file_key": "'none/' || i || '.pdf'",
                "verification_code": "upper(substr(md5('n' || i), 1, 16))", **same,
            })  # fmt: skip
            events = f"invoices_document d, unnest(ARRAY{['published', 'seen']}) kind"
            insert(cursor, DocumentEvent, 0, {
                "document_id": "d.id", "kind": "kind", "at": "d.expires_at - interval '9 days'",
            }, f"{events} ORDER BY d.id")  # fmt: skip
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("RESET ALL")


def note(text: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _people(cursor: Any, others: int) -> None:
    """Ana with three units of hers, an administrator, and ``others`` units of other companies."""
    from portal.accounts.models import Company, Grant, Unit, User
    from tests.factories import a_cnpj, make_report_type, make_type

    make_type(), make_type("fatura-material", "Fatura de material"), make_report_type()
    ana = User.objects.create_user("x", name="Ana Souza", email="ana@bench.example")
    User.objects.create_superuser("x", name="Alice Admin", email="admin@bench.example")
    own = Company.objects.create(name="Secretaria A", tax_id=a_cnpj())
    for i in range(OWN_UNITS):
        Unit.objects.create(company=own, code=f"U{i}", name=f"Unidade {i}")
    Grant.objects.create(user=ana, company=own)
    companies = max(FEWEST, others // UNITS_OF_A_COMPANY)
    first = own.pk + 1
    insert(cursor, Company, companies, {
        "id": f"{own.pk} + i", "name": "'Empresa ' || i", "tax_id": "lpad(i::text, 14, '0')",
        "email": "'empresa' || i || '@bench.example'", "created_at": "now()",
    })  # fmt: skip
    unit = Unit.objects.latest("pk").pk
    insert(cursor, Unit, others, {
        "id": f"{unit} + i", "company_id": f"{first} + (i - 1) % {companies}", "code": "'X' || i",
        "name": "'Unidade ' || i",
    })  # fmt: skip
    user = User.objects.latest("pk").pk
    insert(cursor, User, companies, {
        "id": f"{user} + i", "name": "'Pessoa ' || i || ' da Silva'",
        "email": "'pessoa' || i || '@bench.example'", "cpf": "lpad(i::text, 11, '0')",
        "password": "'!'", "date_joined": "now()",
    })  # fmt: skip
    insert(cursor, Grant, companies, {
        "user_id": f"{user} + i", "company_id": f"{own.pk} + i", "level": "'operate'",
        "source": "'staff'", "valid_from": "now()", "created_at": "now()",
    })  # fmt: skip


def _documents(cursor: Any) -> int:
    """Month after month, as they are published: the newest have the highest keys."""
    from invoices.models import Document, DocumentEvent, DocumentType
    from portal.accounts.models import Unit

    own, others = (
        Unit.objects.filter(code__startswith="U"),
        Unit.objects.filter(code__startswith="X"),
    )
    made = 0
    for units, each, prefix in (
        (own, OWN_PER_MONTH, "o"), (others, PER_UNIT // MONTHS, "x"),
    ):  # fmt: skip
        first, count = units.earliest("pk").pk, units.count()
        total = count * each * MONTHS
        types = [*DocumentType.objects.order_by("pk").values_list("pk", flat=True)]
        insert(cursor, Document, total, _document(first, count, each, types, prefix))
        made += total
    insert(cursor, DocumentEvent, 0, {
        "document_id": "d.id", "kind": "'published'", "at": "d.published_at",
    }, "invoices_document d")  # fmt: skip
    return made


def _document(first: int, units: int, each: int, types: list[int], prefix: str) -> dict[str, str]:
    """The columns of document ``i``; those that are not named get their defaults."""
    ago = f"({MONTHS - 1} - (i - 1) / {units * each})"  # months, the oldest first
    month = f"(date_trunc('month', now())::date - ({ago} || ' month')::interval)::date"
    kinds = f"(ARRAY{types})[1 + i % {len(types)}]"
    return {
        "unit_id": f"{first} + (i - 1) % {units * each} / {each}", "type_id": kinds,
        "period": month, "number": f"'{prefix}' || i", "amount_cents": "100000 + i % 900000",
        "due_date": f"{month} + 50", "file_key": f"'{prefix}k' || i", "file_name": "'f.pdf'",
        "size": "30000", "content_type": "'application/pdf'", "signature": "'pades'",
        "sha256": f"md5('{prefix}' || i) || md5('{prefix}b' || i)",
        "source_sha256": "repeat('0', 64)", "signed_at": "now()",
        "signed_by": "'SERVIÇOS DO ESTADO S.A.:00000000000191'",
        "verification_code": f"translate(upper(substr(md5('{prefix}' || i), 1, 16)), '01', 'GH')",
        "published_at": f"now() - ({ago} || ' month')::interval",
        "available_until": f"(now() + ({MONTHS} - {ago} || ' month')::interval)::date",
        "expires_at": f"now() + ({MONTHS} - {ago} || ' month')::interval",
        "release": f"CASE WHEN {kinds} = {types[-1]} THEN 'not_asked' WHEN {ago} > 1 "
        "THEN 'released' WHEN i % 31 = 0 THEN 'contested' ELSE 'pending' END",
        "release_at": "now()",
    }  # fmt: skip


def _traces(cursor: Any, documents: int) -> None:
    """Audit, outbox, tombstones, a batch, drafts, requests."""
    from invoices.models import Batch, BatchRow, DocumentType, InvoiceDraft, PurgeRun, Tombstone
    from portal.accounts.models import AccessRequest, Unit
    from portal.audit.models import AuditEvent
    from portal.outbox.models import Entry

    count, few = documents // PER_EVENT, max(FEWEST, documents // 500)
    stones, units = max(10 * FEWEST, count), Unit.objects.count()
    unit, kind = Unit.objects.earliest("pk").pk, DocumentType.objects.earliest("pk").pk
    insert(cursor, AuditEvent, count, {
        "chain": "'bench:' || i % 500", "sequence": "i", "target": "'invoices.document:' || i",
        "action": "(ARRAY['document.published','document.released','account.login'])[1 + i % 3]",
        "at": f"now() - ({count} - i) * interval '15 second'", "hash": "md5(i::text)",
    })  # fmt: skip
    insert(cursor, Entry, count, {
        "kind": "'mail'", "key": "'bench:' || i", "name": "'Novos documentos'",
        "recipient": "'pessoa' || i % 50 || '@bench.example'", "created_at": "now()",
        "status": f"CASE WHEN i % ({count} / 100) = 0 THEN 'failed' ELSE 'done' END", "done_at": "now()",
        "due_at": "now()",
    })  # fmt: skip
    insert(cursor, PurgeRun, 60, {
        "started_at": "now()", "touched_at": "now()", "finished_at": "now()", "as_of": "now()",
        "removed": f"{stones} / 60", "bytes_freed": "1000000",
    })  # fmt: skip
    insert(cursor, Tombstone, stones, {
        "document_pk": "-i", "unit_id": f"{unit} + i % {units}", "type_name": "'Fatura de serviços'",
        "kind": "'invoice'", "period": "DATE '2025-01-01'", "number": "'t' || i", "version": "1",
        "status": "'published'", "sha256": "md5('t' || i) || md5('tb' || i)", "size": "30000",
        "verification_code": "upper(substr(md5('t' || i), 1, 16))", "signed_by": "'S.A.'",
        "published_at": "now()", "available_until": "DATE '2025-07-31'", "release": "'released'",
        "removed_at": "now()", "run_id": "1 + i % 60",
    })  # fmt: skip
    insert(cursor, Batch, 100, {
        "name": "'Lote ' || i", "status": "'applied'", "total": f"{documents // 50}",
        "done": f"{documents // 50}", "created_at": "now()", "applied_at": "now()",
    })  # fmt: skip
    insert(cursor, BatchRow, documents // 50, {
        "batch_id": "1", "line": "i", "unit_id": f"{unit}", "type_id": f"{kind}",
        "number": "'b' || i", "outcome": "'new'", "period": "DATE '2025-01-01'",
    })  # fmt: skip
    insert(cursor, InvoiceDraft, few, {
        "unit_id": f"{unit}", "type_id": f"{kind}", "period": "DATE '2025-01-01'",
        "number": "'d' || i", "due_date": "DATE '2025-02-01'", "created_at": "now()",
        "status": "CASE WHEN i % 10 = 0 THEN 'draft' ELSE 'discarded' END", "revision": "0",
    })  # fmt: skip
    insert(cursor, AccessRequest, few, {
        "name": "'Pessoa ' || i", "cpf": "lpad(i::text, 11, '0')", "unit_text": "'X' || i",
        "email": "'p' || i || '@bench.example'", "created_at": "now() - i * interval '1 hour'",
        "status": "CASE WHEN i % 10 = 0 THEN 'pending' ELSE 'accepted' END",
    })  # fmt: skip


def insert(cursor: Any, model: Any, count: int, text: dict[str, str], source: str = "") -> None:
    """One INSERT … SELECT over ``i`` from 1 to ``count``; ``text`` holds SQL by column."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.generated or (field.primary_key and field.column not in text):
            continue
        default = field.get_default()
        if isinstance(default, dict | list):
            default = json.dumps(default)
        plain = "NULL" if default is None else f"'{default}'"
        values[field.column] = text.get(field.column, plain)
    columns = ", ".join(f'"{name}"' for name in values)
    source = source or f"generate_series(1, {count}) i"
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({columns}) SELECT {', '.join(values.values())} FROM {source}"
    )
    cursor.execute(f"SELECT pg_get_serial_sequence('{table}', 'id')")
    cursor.execute(f"SELECT setval('{cursor.fetchone()[0]}', (SELECT max(id) FROM {table}))")


_CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype::text
FROM pg_constraint
WHERE contype IN ('u', 'f') AND connamespace = 'public'::regnamespace
  AND conrelid::regclass::text = ANY(%s) ORDER BY contype DESC, conname
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid::regclass::text = ANY(%s)
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
ORDER BY 1
"""
_FILLED = (
    "accounts_company", "accounts_unit", "accounts_user", "accounts_grant", "invoices_document",
    "invoices_documentevent", "audit_auditevent", "outbox_entry", "invoices_tombstone",
    "invoices_batchrow",
)  # fmt: skip


@contextlib.contextmanager
def without_indexes(cursor: Any, tables: Sequence[str]) -> Iterator[None]:
    """Drop what slows inserting into ``tables`` down; make it again and see that all is as it was."""
    constraints, indexes = _catalogue(cursor, tables)
    for table, name, _definition, _kind in reversed(constraints):
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for table in tables:  # else it reads them while they grow
        cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    yield
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
    for _name, definition in indexes:
        cursor.execute(definition)
    # Unique ones first: a foreign key may lean on them.
    for table, name, definition, _kind in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    if _comparable(*_catalogue(cursor, tables)) != _comparable(constraints, indexes):
        raise RuntimeError("The tables are not as the migrations left them")


def _comparable(constraints: list[Any], indexes: list[Any]) -> object:
    """PostgreSQL writes the condition of an index in other words after it has read its own."""
    return constraints, [(name, text.partition(" WHERE ")[0]) for name, text in indexes]


def _catalogue(cursor: Any, tables: Sequence[str]) -> tuple[list[Any], list[Any]]:
    cursor.execute(_CONSTRAINTS, [list(tables)])
    constraints = cursor.fetchall()
    cursor.execute(_INDEXES, [list(tables)])
    return constraints, cursor.fetchall()
