"""Database triggers that keep audit events append-only.

Deleting is refused, and so is every change but the erasure of ``actor``, ``address`` and ``salt``.
SQLite's ``INSERT OR REPLACE`` deletes without firing that trigger: inserting what is there already
is refused too. PostgreSQL's TRUNCATE has a trigger of its own. Whoever owns the table can still
lift them all; what they change then does not verify (``portal.audit.verification``).
"""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_auditevent"
KEPT = (
    "id", "chain", "sequence", "action", "target", "data", "at", "previous", "hash", "version",
    "who", "mac",
)  # fmt: skip
ERASABLE = ("actor_id", "address", "salt")
_MESSAGE = "audit events are append-only"
_IS_THERE = (
    "EXISTS (SELECT 1 FROM audit_auditevent WHERE id = NEW.id "
    "OR (chain = NEW.chain AND sequence = NEW.sequence))"
)
_EVENTS = {
    "sqlite": ("update", "delete", "replace"), "postgresql": ("update", "delete", "truncate"),
}  # fmt: skip


def install_sql(
    vendor: str, *, kept: Sequence[str] = KEPT, erasable: Sequence[str] = ERASABLE
) -> list[str]:
    """Statements that create the triggers; they may be run again."""
    same = "IS NOT DISTINCT FROM" if vendor == "postgresql" else "IS"
    rules = [f'NEW."{name}" {same} OLD."{name}"' for name in kept]
    rules += [f'(NEW."{name}" IS NULL OR NEW."{name}" {same} OLD."{name}")' for name in erasable]
    allowed = " AND ".join(rules)
    return _postgresql(allowed) if vendor == "postgresql" else _sqlite(allowed)


def remove_sql(vendor: str) -> list[str]:
    on = f" ON {TABLE}" if vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS audit_no_{event}{on}" for event in _EVENTS[vendor]]


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that are not there."""
    catalogue = (
        "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'audit_no_%%' AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        found = {name for (name,) in cursor.fetchall()}
    return sorted({f"audit_no_{event}" for event in _EVENTS[connection.vendor]} - found)


def _sqlite(allowed: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    return [
        *remove_sql("sqlite"),
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} WHEN NOT ({allowed}) {refuse}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} {refuse}",
        f"CREATE TRIGGER audit_no_replace BEFORE INSERT ON {TABLE} WHEN {_IS_THERE} {refuse}",
    ]


def _postgresql(allowed: str) -> list[str]:
    refuse = "EXECUTE FUNCTION audit_refuse()"
    return [
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'check_violation'; END $$",
        *remove_sql("postgresql"),
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} "
        f"FOR EACH ROW WHEN (NOT ({allowed})) {refuse}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT {refuse}",
    ]
