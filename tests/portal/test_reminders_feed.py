"""The calendar: what RFC 5545 asks for, what the person may see, and no further than its secret."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.icp import Kind
from certificates.services.known import Origin, record_use
from portal.accounts.limits import LIMITS, Limit
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.reminders.calendar import Event, calendar, uid
from portal.reminders.models import Dismissal, Feed
from portal.reminders.services.feeds import end_feed, new_feed
from tests.certificates.known import a_record
from tests.factories import Cast, make_grant

NOW = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)
EVENT = Event("1@x", date(2026, 12, 31), "Vence", "Texto", "https://x/1", (60, 7, 1, 0))


def unfolded(data: bytes) -> list[str]:
    """The content lines, as a calendar reads them."""
    return data.decode().replace("\r\n ", "").split("\r\n")


def written(*events: Event) -> bytes:
    return calendar(events, name="Vencimentos", product="Prestador", at=NOW)


def test_lines_end_with_crlf_and_none_is_longer_than_75_octets():
    event = Event("1@x", date(2026, 12, 31), "Certificação " * 30, "ç" * 200, "https://x/1")
    data = written(event)
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) == 75
    for line in lines:
        line.decode()  # no character is cut in two
    assert f"SUMMARY:{'Certificação ' * 30}" in unfolded(data)


def test_an_event_is_the_whole_last_day():
    lines = unfolded(written(EVENT))
    for line in (
        "UID:1@x", "DTSTAMP:20261121T120005Z", "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101", "SUMMARY:Vence", "URL:https://x/1", "TRANSP:TRANSPARENT",
        "VERSION:2.0", "CALSCALE:GREGORIAN",
    ):  # fmt: skip
        assert lines.count(line) == 1


def test_every_component_that_begins_ends_in_order():
    stack = []
    for line in unfolded(written(EVENT, EVENT)):
        word, _, name = line.partition(":")
        if word == "BEGIN":
            stack.append(name)
        elif word == "END":
            assert stack.pop() == name
    assert stack == []


def test_alarms_ring_at_nine_in_the_morning():
    lines = unfolded(written(EVENT))
    triggers = [line for line in lines if line.startswith("TRIGGER")]
    assert triggers == [
        "TRIGGER:-P59DT15H", "TRIGGER:-P6DT15H", "TRIGGER:-PT15H", "TRIGGER:PT9H",
    ]  # fmt: skip
    assert lines.count("ACTION:DISPLAY") == 4
    for days, line in zip(EVENT.alarms, triggers, strict=True):
        match = re.fullmatch(r"TRIGGER:(-?)P(?:(\d+)D)?T(\d+)H", line)
        assert match
        length = timedelta(days=int(match[2] or 0), hours=int(match[3]))
        assert (-length if match[1] else length) == timedelta(hours=9) - timedelta(days=days)


def test_text_is_escaped_and_control_characters_are_dropped():
    event = Event("1@x", date(2026, 1, 1), "a;b,c\\d\x07", "1\n2\r\n3\nEND:VEVENT", "https://x/1")
    lines = unfolded(written(event))
    assert "SUMMARY:a\\;b\\,c\\\\d" in lines
    assert "DESCRIPTION:1\\n2\\n3\\nEND:VEVENT" in lines


def test_an_empty_calendar_still_holds_a_component():
    assert "BEGIN:VTIMEZONE" in unfolded(written())


def test_the_same_thing_keeps_its_name():
    assert uid("a", "b", host="x") == uid("a", "b", host="x") != uid("ab", "", host="x")


# Over the web

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(cast: Cast) -> str:
    record = a_record(Kind.E_CPF, cast.ana.cpf, days=400, name="ANA SOUZA", policy="A3")
    record_use(record, origin=Origin.LOGIN, user=cast.ana, at=timezone.now())
    of_b = a_record(tax_id=cast.company_b.tax_id, name="EMPRESA B")
    record_use(of_b, origin=Origin.ORDER, at=timezone.now())
    return new_feed(cast.ana, at=timezone.now())


def read(token: str, **headers: str):
    return Client().get(reverse("reminders:feed", args=[token]), headers=headers)


def test_the_secret_alone_opens_the_person_s_calendar(cast: Cast, token: str):
    response = read(token, accept_language="en")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response["Cache-Control"]
    lines = unfolded(response.content)
    assert lines.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:Vencimento: e-CPF – ANA SOUZA" in lines
    assert cast.ana.cpf.encode() not in response.content
    assert (
        f"/certificados/{cast.ana.certificate_uses.get().certificate_id}/"
        in response.content.decode()
    )


def test_the_calendar_holds_all_of_six_years_however_many(cast: Cast, token: str):
    now = timezone.now()
    for i in range(510):
        record = a_record(days=20 + i * 4, name=f"EMPRESA {i}")
        record_use(record, origin=Origin.UPLOAD, user=cast.ana, at=now)
    later = a_record(days=7 * 366)
    record_use(later, origin=Origin.UPLOAD, user=cast.ana, at=now)
    assert unfolded(read(token).content).count("BEGIN:VEVENT") == 511


def test_no_cpf_even_where_the_holder_s_name_holds_one(cast: Cast, token: str):
    masked = f"{cast.ana.cpf[:3]}.{cast.ana.cpf[3:6]}.{cast.ana.cpf[6:9]}-{cast.ana.cpf[9:]}"
    for name in (f"ANA {cast.ana.cpf}", f"ANA {masked}"):
        record = a_record(Kind.OTHER, name=name)
        record_use(record, origin=Origin.UPLOAD, user=cast.ana, at=timezone.now())
    text = "".join(unfolded(read(token).content))
    assert text.count("SUMMARY:") == 3
    assert cast.ana.cpf not in text
    assert masked not in text


def test_what_the_person_cannot_see_any_more_is_gone(cast: Cast, token: str):
    grant = make_grant(cast.ana, cast.company_b)
    assert "EMPRESA B" in read(token).content.decode()
    grant.revoked_at = timezone.now()
    grant.save()
    assert "EMPRESA B" not in read(token).content.decode()


def test_a_company_that_asks_for_a_certificate_is_in_no_calendar(cast: Cast, token: str):
    make_grant(cast.ana, cast.company_b)
    cast.company_b.certificate_only_from = date(2026, 1, 1)
    cast.company_b.save()
    assert "EMPRESA B" not in read(token).content.decode()


def test_what_was_dismissed_leaves_the_calendar(cast: Cast, token: str):
    made = cast.ana.certificate_uses.get().certificate
    Dismissal.objects.create(
        user=cast.ana, watch="certificates", key=made.sha256,
        version=f"{made.not_after:%Y%m%d}", at=timezone.now(),
    )  # fmt: skip
    assert "BEGIN:VEVENT" not in read(token).content.decode()


def test_only_the_hash_of_the_secret_is_kept(cast: Cast, token: str):
    feed = Feed.objects.get()
    assert token not in str(vars(feed))
    assert len(token) >= 43
    assert not any(token in str(event.data) for event in AuditEvent.objects.all())


def test_a_new_address_closes_the_old_one_and_turning_off_closes_all(cast: Cast, token: str):
    new = new_feed(cast.ana, at=timezone.now())
    assert read(token).status_code == 404
    assert read(new).status_code == 200
    end_feed(cast.ana)
    assert read(new).status_code == 404
    assert read("x" * 43).status_code == 404


def test_who_may_not_sign_in_has_no_calendar(cast: Cast, token: str):
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert read(token).status_code == 404


def test_reading_is_counted_by_address_and_guessing_by_who_asks(
    cast: Cast, token: str, monkeypatch
):
    monkeypatch.setitem(LIMITS, "calendar", Limit(2, 3600))
    monkeypatch.setitem(LIMITS, "calendar-guess", Limit(2, 3600))
    assert [read(token).status_code for _i in range(3)] == [200, 200, 429]
    assert [read(f"{i}" * 43).status_code for i in range(3)] == [404, 404, 429]


def test_when_it_was_read_is_shown(cast: Cast, token: str, client_of):
    assert (
        "Ainda não foi lido" in client_of(cast.ana).get(reverse("reminders:list")).content.decode()
    )
    read(token)
    assert Feed.objects.get().read_on == timezone.localdate()


def test_the_address_is_shown_once_and_making_another_asks_first(cast: Cast, client_of):
    ana, address = client_of(cast.ana), reverse("reminders:feed_new")
    page = ana.post(address)
    found = re.search(r"/lembretes/([\w-]{43})\.ics", page.content.decode())
    assert found
    assert "no-store" in page["Cache-Control"]
    assert read(found[1]).status_code == 200
    again = ana.get(address).content.decode()
    assert "Criar um novo endereço?" in again
    assert found[1] not in again
    assert found[1] not in ana.get(reverse("reminders:list")).content.decode()
    ana.get(reverse("reminders:feed_end"))
    assert Feed.objects.exists()
    ana.post(reverse("reminders:feed_end"))
    assert not Feed.objects.exists()
