"""Database triggers that keep audit events append-only.

Deleting is refused, and so is every change but the erasure of ``actor`` and ``address``.
PostgreSQL's TRUNCATE fires no row trigger: in production the application's role should not
own the table.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_auditevent"
_HASHED = ("id", "chain", "sequence", "action", "target", "data", "at", "previous", "hash")
_ERASABLE = ("actor_id", "address")
_MESSAGE = "audit events are append-only"


def install_sql(vendor: str) -> list[str]:
    """Statements that create the triggers; they may be run again."""
    same = "IS NOT DISTINCT FROM" if vendor == "postgresql" else "IS"
    kept = [f'NEW."{name}" {same} OLD."{name}"' for name in _HASHED]
    kept += [f'(NEW."{name}" IS NULL OR NEW."{name}" {same} OLD."{name}")' for name in _ERASABLE]
    allowed = " AND ".join(kept)
    return _postgresql(allowed) if vendor == "postgresql" else _sqlite(allowed)


def remove_sql(vendor: str) -> list[str]:
    on = f" ON {TABLE}" if vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS audit_no_{event}{on}" for event in ("update", "delete")]


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
    return sorted({"audit_no_update", "audit_no_delete"} - found)


def _sqlite(allowed: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    return [
        *remove_sql("sqlite"),
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} WHEN NOT ({allowed}) {refuse}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} {refuse}",
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
    ]
