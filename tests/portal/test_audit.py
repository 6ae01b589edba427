"""The audit is append-only and every chain proves itself."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory
from django.urls import reverse

from portal.audit import triggers
from portal.audit.checks import audit_is_append_only
from portal.audit.links import link_hash
from portal.audit.models import AuditEvent
from portal.audit.services import NewEvent, erase_person, record, record_many
from portal.audit.verification import chains, verify_chain
from tests.racing import at_once

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def without_triggers(*statements: tuple[str, list[Any]]) -> None:
    """What somebody who owns the database could do."""
    with connection.cursor() as cursor:
        for sql in triggers.remove_sql(connection.vendor):
            cursor.execute(sql)
        for sql, values in statements:
            cursor.execute(sql, values)
        for sql in triggers.install_sql(connection.vendor):
            cursor.execute(sql)


def test_each_company_has_a_chain_of_its_own_and_the_portal_too():
    record("a.one", company=1)
    record("a.two", company=2)
    record("a.three", company=1)
    record("a.four")
    found = AuditEvent.objects.order_by("pk").values_list("chain", "sequence")
    assert [*found] == [("company:1", 1), ("company:2", 1), ("company:1", 2), ("portal", 1)]
    assert [*chains()] == ["company:1", "company:2", "portal"]


def test_a_link_holds_the_hash_of_the_one_before():
    first, second = record("a.one"), record("a.two")
    assert (first.previous, second.previous) == ("", first.hash)
    assert len(first.hash) == 64


def test_actor_and_address_come_from_the_request(cast):
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    request.user = cast.ana
    event = record("a.one", target=cast.company_a, company=cast.company_a.pk, request=request)
    assert (event.actor, event.address) == (cast.ana, "192.0.2.7")
    assert event.target == f"accounts.company:{cast.company_a.pk}"


def test_a_stranger_leaves_an_event_without_actor():
    request: Any = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=False)
    assert record("a.one", request=request).actor is None


def test_what_was_recorded_reads_back_to_the_same_hash():
    data = {"on": date(2026, 8, 31), "at": datetime(2026, 8, 31, 23, 59, 59, 999999, UTC),
            "name": "ação ✓", "deep": [{"n": 10**20}, None, True]}  # fmt: skip
    event = record("a.one", data=data)
    assert link_hash(AuditEvent.objects.get(pk=event.pk)) == event.hash


@pytest.mark.parametrize("data", [{"x": 1.5}, {"x": float("nan")}, {"x": "a\0b"}, {"x": object()}])
def test_data_that_a_database_may_give_back_differently_are_refused(data):
    with pytest.raises((TypeError, ValueError)):
        record("a.one", data=data)
    assert not AuditEvent.objects.exists()


def test_an_event_goes_with_the_transaction_that_caused_it():
    class Stop(Exception):
        pass

    @transaction.atomic
    def cause() -> None:
        record("a.one")
        raise Stop

    with pytest.raises(Stop):
        cause()
    assert not AuditEvent.objects.exists()
    assert record("a.two").sequence == 1


def test_many_events_take_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        made = record_many([NewEvent("a.bulk", f"x:{i}", company=1) for i in range(500)])
    assert [e.sequence for e in made] == [*range(1, 501)]
    assert verify_chain("company:1").whole == 500


def test_many_events_of_many_companies_each_go_to_their_chain():
    record_many([NewEvent("a.bulk", company=i % 3) for i in range(9)])
    assert {c: verify_chain(c).whole for c in chains()} == {
        "company:0": 3, "company:1": 3, "company:2": 3,
    }  # fmt: skip


@pytest.mark.parametrize("column", ["action", "target", "previous", "hash", "chain"])
def test_changing_an_event_is_refused_by_the_database(column):
    record("a.one")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(**{column: "changed"})


def test_changing_data_or_time_is_refused_by_the_database():
    record("a.one")
    for values in ({"data": {"x": 1}}, {"at": datetime(2020, 1, 1, tzinfo=UTC)}, {"sequence": 7}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditEvent.objects.update(**values)


def test_deleting_an_event_is_refused_by_the_database():
    record("a.one")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()


def test_another_person_cannot_be_put_in_place_of_the_actor(cast):
    record("a.one", actor=cast.ana)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(actor=cast.bruno)


def test_a_person_is_erased_and_the_chain_stays_whole(cast):
    event = record("a.one", actor=cast.ana)
    assert erase_person(cast.ana.pk) == 1
    report = verify_chain("portal")
    assert (report.broken_at, report.erased) == (None, 1)
    kept = AuditEvent.objects.get(pk=event.pk)
    assert (kept.actor, kept.address, kept.salt) == (None, None, None)


def test_deleting_a_user_keeps_what_they_did(cast):
    record("a.one", actor=cast.ana)
    cast.ana.delete()
    assert AuditEvent.objects.get().actor_id is None
    assert verify_chain("portal").broken_at is None


def test_the_triggers_are_in_place():
    assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_six_writers_at_once_break_no_link():
    def write() -> None:
        for number in range(15):
            with transaction.atomic():
                record("a.race", company=1, data={"number": number})

    assert at_once(*[write] * 6) == [None] * 6
    report = verify_chain("company:1")
    assert (report.whole, report.broken_at) == (90, None)


def test_the_administrator_looks_and_changes_nothing(cast, client_of):
    event = record("a.one", target="x.y:1", actor=cast.ana, data={"page": 3})
    record("a.two", target="x.y:2")
    browser = client_of(cast.admin)
    url = reverse("admin:audit_auditevent_changelist")
    assert b"x.y:2" in browser.get(url).content
    for term, count in (("x.y:1", 1), ("portal", 2), (cast.ana.email, 1), ("x.y:9", 0)):
        found = browser.get(url, {"q": term}).context["cl"].result_list
        assert len(found) == count, term
    assert len(browser.get(url, {"action": "a.two"}).context["cl"].result_list) == 1
    assert len(browser.get(url, {"days": "1"}).context["cl"].result_list) == 2
    page = browser.get(reverse("admin:audit_auditevent_change", args=[event.pk]))
    assert b"&quot;page&quot;: 3" in page.content
    assert browser.post(page.request["PATH_INFO"], {"action": "x"}).status_code == 403
    assert browser.get(reverse("admin:audit_auditevent_add")).status_code == 403
    delete = reverse("admin:audit_auditevent_delete", args=[event.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403


def test_the_check_tells_when_the_triggers_are_gone():
    assert audit_is_append_only(databases=["default"]) == []
    with connection.cursor() as cursor:
        for sql in triggers.remove_sql(connection.vendor):
            cursor.execute(sql)
    [problem] = audit_is_append_only(databases=["default"])
    assert problem.id == "audit.E001"


def test_a_database_that_waits_for_the_migration_of_a_trigger_can_be_migrated():
    with connection.cursor() as cursor:
        for sql in triggers.remove_sql(connection.vendor):
            cursor.execute(sql)
    newest = max(MigrationLoader(connection).graph.leaf_nodes("audit"))
    MigrationRecorder(connection).record_unapplied(*newest)
    assert audit_is_append_only(databases=["default"]) == []
