"""States change in one conditional step: of two callers at once, one wins."""

from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from portal.transitions import IllegalTransition, advance
from tests.factories import make_document
from tests.racing import at_once

pytestmark = pytest.mark.both


def an_entry(**values: object) -> Entry:
    return Entry.objects.create(kind="job", key=f"k{Entry.objects.count()}", name="n", **values)


@pytest.mark.django_db
def test_a_known_step_changes_the_row_and_the_object():
    entry = an_entry()
    advance(entry, to=Entry.Status.RUNNING, error="so far so good")
    assert (entry.status, entry.error) == ("running", "so far so good")
    entry.refresh_from_db()
    assert (entry.status, entry.error) == ("running", "so far so good")


@pytest.mark.django_db
def test_an_unknown_step_changes_nothing():
    entry = an_entry()
    with pytest.raises(IllegalTransition, match="“Aguardando”"):
        advance(entry, to=Entry.Status.DONE, error="no")
    entry.refresh_from_db()
    assert (entry.status, entry.error) == ("pending", "")


@pytest.mark.django_db
def test_a_refused_step_names_no_state_by_its_machine_word(cast):
    """Proven before: a second clerk read “published” and “discarded”."""
    for obj, field in ((an_entry(), "status"), (make_document(cast.unit_a1), "release")):
        choices: Any = type(obj)._meta.get_field(field)
        for state, label in choices.flatchoices:
            type(obj).objects.update(**{field: state})
            with pytest.raises(IllegalTransition) as refused:
                advance(obj, to="nonsense", field=field)
            assert str(label) in str(refused.value)
            assert f"“{state}”" not in str(refused.value)


@pytest.mark.django_db
def test_a_stale_object_cannot_take_a_step_that_somebody_else_took():
    entry = an_entry()
    stale = Entry.objects.get(pk=entry.pk)
    advance(entry, to=Entry.Status.RUNNING)
    with pytest.raises(IllegalTransition):
        advance(stale, to=Entry.Status.RUNNING)
    assert stale.status == "pending"


@pytest.mark.django_db
def test_a_row_that_is_gone_is_an_illegal_step():
    entry = an_entry()
    Entry.objects.all().delete()
    with pytest.raises(IllegalTransition):
        advance(entry, to=Entry.Status.RUNNING)


@pytest.mark.django_db
def test_a_condition_of_the_caller_counts_too():
    entry = an_entry(attempts=2)
    with pytest.raises(IllegalTransition):
        advance(entry, to=Entry.Status.RUNNING, only_if={"attempts": 1})
    advance(entry, to=Entry.Status.RUNNING, only_if={"attempts": 2})
    assert entry.status == "running"


@pytest.mark.django_db
def test_a_computed_value_is_read_back():
    entry = an_entry(attempts=2)
    advance(entry, to=Entry.Status.RUNNING, attempts=F("attempts") + 1)
    assert entry.attempts == 3


@pytest.mark.django_db(transaction=True)
def test_of_six_callers_at_once_exactly_one_succeeds():
    entry = an_entry()
    rows = [Entry.objects.get(pk=entry.pk) for _caller in range(6)]
    outcomes = at_once(*(lambda row=row: advance(row, to=Entry.Status.RUNNING) for row in rows))
    lost = [outcome for outcome in outcomes if isinstance(outcome, IllegalTransition)]
    assert (len(lost), outcomes.count(None)) == (5, 1), outcomes


@pytest.mark.django_db
def test_a_step_with_its_instant_is_written_into_history_and_audit(cast):
    document, at = make_document(cast.unit_a1), timezone.now()
    advance(document, to="contested", field="release", by=cast.ana, at=at, note="Valor errado")
    event = document.events.get()
    assert (event.kind, event.user, event.at, event.note) == (
        "contested", cast.ana, at, "Valor errado",
    )  # fmt: skip
    audited = AuditEvent.objects.get(action="document.contested")
    assert (audited.chain, audited.actor_id) == (f"company:{cast.company_a.pk}", cast.ana.pk)


@pytest.mark.django_db
def test_an_illegal_step_leaves_no_trace(cast):
    document = make_document(cast.unit_a1, release="released")
    with pytest.raises(IllegalTransition):
        advance(document, to="contested", field="release", by=cast.ana, at=timezone.now())
    assert not document.events.exists()
    assert not AuditEvent.objects.exists()
