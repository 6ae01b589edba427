"""What somebody who owns the database changes in the audit is found, and told in plain words."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.audit import heads, triggers
from portal.audit.links import link_hash
from portal.audit.models import AuditEvent
from portal.audit.services import NewEvent, erase_person, record, record_many
from portal.audit.verification import verify_chain
from portal.vault import keyring
from tests.factories import Cast

pytestmark = [pytest.mark.both, pytest.mark.django_db]
Statement = tuple[str, list[Any]]
AT = datetime(2026, 11, 26, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.AUDIT_HEADS_DIR = str(tmp_path / "heads")
    return tmp_path / "heads"


def without_triggers(*statements: Statement) -> None:
    with connection.cursor() as cursor:
        for sql in triggers.remove_sql(connection.vendor):
            cursor.execute(sql)
        for sql, values in statements:
            cursor.execute(sql, values)
        for sql in triggers.install_sql(connection.vendor):
            cursor.execute(sql)


def said(**options: Any) -> tuple[int, str]:
    """Exit code and words of audit_verify."""
    out, code = StringIO(), 0
    try:
        call_command("audit_verify", stdout=out, stderr=out, **options)
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, out.getvalue()


UPDATE = "UPDATE audit_auditevent SET {} = %s WHERE sequence = 3"
TAMPERINGS: dict[str, tuple[str, Any, str]] = {
    "content": (UPDATE.format("action"), "a.changed", "foi alterado depois de escrito"),
    "actor": (UPDATE.format("actor_id"), 4711, "quem fez ou de onde foi alterado"),
    "address": (UPDATE.format("address"), "203.0.113.9", "quem fez ou de onde foi alterado"),
    "link removed": ("DELETE FROM audit_auditevent WHERE sequence = %s", 3, "faltam elos"),
    "hash": (UPDATE.format("hash"), "0" * 64, "foi alterado depois de escrito"),
    "previous": (UPDATE.format("previous"), "", "não segue o elo anterior"),
    "proof": (UPDATE.format("mac"), "x:00", "x não está no chaveiro"),
    "format": (UPDATE.format("version"), 1, "formato antigo"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_verification_names_the_first_broken_link_and_what_is_wrong(name: str, cast: Cast) -> None:
    record_many([NewEvent("a.one", company=5)] * 3, actor=cast.ana)
    if name != "proof":  # links after it would vouch for it
        record_many([NewEvent("a.one", company=5)] * 2, actor=cast.ana)
    sql, value, words = TAMPERINGS[name]
    without_triggers((sql, [value]))
    assert verify_chain("company:5").broken_at == 3
    code, text = said()
    assert code == 1
    assert "company:5 (Empresa 5): quebrada no elo 3" in text
    assert words in text


def rewrite(chain: str, *, keyed: bool) -> None:
    """Write a chain anew after changing its first link, with every hash right."""
    previous = ""
    for row in AuditEvent.objects.filter(chain=chain).order_by("sequence"):
        row.previous, row.version = previous, 2 if keyed else 1
        row.action = "a.forged" if row.sequence == 1 else row.action
        row.hash = previous = link_hash(row)
        without_triggers((
            "UPDATE audit_auditevent SET previous = %s, action = %s, hash = %s, version = %s "
            "WHERE id = %s", [row.previous, row.action, row.hash, row.version, row.pk],
        ))  # fmt: skip


def test_a_chain_written_anew_without_the_key_is_found() -> None:
    record_many([NewEvent("a.one", company=5)] * 3)
    rewrite("company:5", keyed=True)
    code, text = said()
    assert code == 1
    assert "não foi escrito por este portal" in text


def test_a_chain_written_anew_in_the_old_format_is_found_by_the_noted_heads() -> None:
    record_many([NewEvent("a.one", company=5)] * 3)
    heads.note(at=AT)
    rewrite("company:5", keyed=False)
    code, text = said()
    assert code == 1
    assert "foi reescrita" in text


def test_an_end_that_was_cut_off_is_found_by_the_noted_heads() -> None:
    record_many([NewEvent("a.one", company=5)] * 5)
    heads.note(at=AT)
    record("a.more", company=5)
    assert said()[0] == 0
    without_triggers(("DELETE FROM audit_auditevent WHERE sequence > %s", [3]))
    code, text = said()
    assert code == 1
    assert "company:5 (Empresa 5): quebrada no elo 4: o fim foi cortado" in text


def test_a_chain_that_vanished_is_found_by_the_noted_heads() -> None:
    record("a.one", company=5)
    heads.note(at=AT)
    without_triggers(("DELETE FROM audit_auditevent WHERE sequence > %s", [0]))
    assert said()[0] == 1


def test_heads_kept_elsewhere_are_compared_too(folder: Path, tmp_path: Path) -> None:
    record_many([NewEvent("a.one", company=5)] * 2)
    made = heads.note(at=AT)
    assert made is not None
    elsewhere = made.rename(tmp_path / made.name)
    without_triggers(("DELETE FROM audit_auditevent WHERE sequence > %s", [1]))
    assert said()[0] == 0
    assert said(against=[elsewhere])[0] == 1


def test_a_file_of_heads_says_only_what_is_new_and_proves_itself(folder: Path) -> None:
    record("a.one", company=5)
    first = heads.note(at=AT)
    assert heads.note(at=AT.replace(day=27)) is None
    record("a.two")
    second = heads.note(at=AT.replace(day=28))
    assert first is not None
    assert second is not None
    assert "company:5" not in second.read_text()
    assert first.stat().st_mode & 0o077 == 0
    second.write_text(second.read_text().replace("portal\t1", "portal\t9"))
    code, text = said()
    assert code == 1
    assert f"{second} foi alterado" in text


def test_a_file_of_heads_that_is_missing_in_between_is_found(folder: Path) -> None:
    made = []
    for day in (26, 27, 28):
        record("a.one")
        made.append(heads.note(at=AT.replace(day=day)))
    assert made[1]
    made[1].unlink()
    assert "falta um arquivo" in said()[1]


def test_the_erasure_of_a_person_changes_nothing_that_is_verified(cast: Cast) -> None:
    record_many([NewEvent("a.one", company=5)] * 3, actor=cast.ana)
    heads.note(at=AT)
    record("erasure.done", data={"links": erase_person(cast.ana.pk)})
    code, text = said()
    assert code == 0
    assert "Elos sem quem fez: 3. Retirados por exclusões registradas: 3." in text
    assert verify_chain("company:5").erased == 3


def test_who_did_it_is_not_taken_out_without_an_erasure_on_record(cast: Cast) -> None:
    record_many([NewEvent("a.one", company=5)] * 3, actor=cast.ana)
    record_many([NewEvent("a.two", company=5)], actor=cast.bruno)
    record("erasure.done", data={"links": erase_person(cast.bruno.pk)})
    AuditEvent.objects.filter(actor=cast.ana).update(actor=None, address=None, salt=None)
    code, text = said()
    assert code == 1
    assert "sem uma exclusão" in text


def old_links(count: int) -> None:
    """A chain as a version from before the proofs wrote it."""
    previous = ""
    for sequence in range(1, count + 1):
        old = AuditEvent(
            chain="company:5", sequence=sequence, action="a.old", target="", data={}, at=AT,
            version=1, previous=previous,
        )  # fmt: skip
        old.hash = previous = link_hash(old)
        old.save()


def test_an_update_seals_the_chains_of_before_once(folder: Path) -> None:
    old_links(3)
    call_command("migrate", verbosity=0)
    [sealed] = folder.iterdir()
    call_command("migrate", verbosity=0)
    assert [*folder.iterdir()] == [sealed]
    rewrite("company:5", keyed=False)
    code, text = said()
    assert code == 1
    assert "foi reescrita" in text


def test_an_update_goes_on_where_the_heads_cannot_be_noted(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old_links(1)
    folder.write_text("in the way of the folder")
    call_command("migrate", verbosity=0)
    assert "run audit_heads" in caplog.text


def test_links_of_the_old_format_stay_and_are_vouched_for_by_what_follows() -> None:
    old_links(1)
    assert verify_chain("company:5").unproven == 1
    record("a.new", company=5)
    report = verify_chain("company:5")
    assert (report.broken_at, report.unproven) == (None, 0)
    without_triggers(("UPDATE audit_auditevent SET data = %s WHERE sequence = 1", ['{"x": 1}']))
    assert verify_chain("company:5").broken_at == 1


def test_a_key_that_left_the_ring_is_no_fault_once_a_later_link_or_head_vouches(
    settings: LazySettings,
) -> None:
    ring = {"k1": keyring.new_key()}
    settings.VAULT_KEYRING = json.dumps(ring)
    record("a.one", company=5)
    settings.VAULT_KEYRING = json.dumps({"k2": keyring.new_key()})
    assert "k1 não está no chaveiro" in said()[1]
    record("a.two", company=5)
    assert verify_chain("company:5").broken_at is None


@pytest.mark.parametrize("key", ["id", "sequence"])
def test_replacing_an_event_is_refused_by_the_database(key: str) -> None:
    event = record("a.one")
    pk = event.pk if key == "id" else event.pk + 1000
    columns = "id, chain, sequence, action, target, data, at, previous, hash, version, who, mac"
    row: list[Any] = [pk, "portal", 1 if key == "sequence" else 2, "a.forged", "", "{}", timezone.now(), "",
           "0" * 64, 2, "", ""]  # fmt: skip
    marks = ", ".join(["%s"] * len(row))
    insert = {
        "sqlite": f"INSERT OR REPLACE INTO audit_auditevent ({columns}) VALUES ({marks})",
        "postgresql": f"INSERT INTO audit_auditevent ({columns}) VALUES ({marks}) "
        f"ON CONFLICT ({'id' if key == 'id' else 'chain, sequence'}) "
        "DO UPDATE SET action = EXCLUDED.action",
    }[connection.vendor]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(insert, row)
    assert AuditEvent.objects.get().action == "a.one"


def test_emptying_the_table_is_refused_by_the_database() -> None:
    record("a.one")
    empty = {"sqlite": "DELETE", "postgresql": "TRUNCATE"}[connection.vendor]
    tail = " FROM audit_auditevent" if empty == "DELETE" else " audit_auditevent"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(empty + tail)
