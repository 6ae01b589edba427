"""The administration of the desk: what is typed in plain words, and errors that say what is wrong."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from portal.outbox.models import Entry as Outbox
from portal.provider.models import ContactDesk
from portal.ui.hours import typed_hours
from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, make_topic
from tests.portal.entrance import text
from tickets.forms.departments import ClosedDayForm, WorkingTimeField
from tickets.models import ClosedDay, Department, Mailbox, Member, Topic, TopicField

pytestmark = pytest.mark.django_db
ADD = reverse("admin:tickets_department_add")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", []),
        ("08:00 às 12:00, 13:00 às 18:00", [["08:00", "12:00"], ["13:00", "18:00"]]),
        ("8h-12h; 13h30-18h", [["08:00", "12:00"], ["13:30", "18:00"]]),
        ("8 as 12 e 12 a 18", [["08:00", "18:00"]]),
        ("0:00–24:00", [["00:00", "24:00"]]),
    ],
)
def test_hours_are_typed_as_people_write_them(typed: str, meant: list[list[str]]):
    assert typed_hours(typed) == meant


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("8 às 12, 11 às 18", "“11 às 18” começa antes que o intervalo anterior termine."),
        ("12 às 8", "“12 às 8” termina antes de começar."),
        ("8 às 25", "O horário 25:00 não existe."),
        ("manhã", "“manhã” não é um intervalo. Informe, por exemplo, 08:00 às 12:00."),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(typed: str, said: str):
    with pytest.raises(ValidationError) as error:
        typed_hours(typed)
    assert error.value.messages == [said]


@pytest.mark.parametrize(
    ("typed", "minutes"), [("8h", 480), ("1h30", 90), ("1:05", 65), ("45 min", 45)]
)
def test_working_time_is_typed_with_its_unit(typed: str, minutes: int):
    assert WorkingTimeField().clean(typed) == minutes


@pytest.mark.parametrize("typed", ["8", "0h", "h", "uma hora"])
def test_a_number_without_a_unit_could_be_anything(typed: str):
    with pytest.raises(ValidationError):
        WorkingTimeField().clean(typed)


def filled(department: Department | None = None, **values: Any) -> dict[str, Any]:
    """The form of a department as a browser sends it."""
    desk = (
        department.desk if department else ContactDesk.objects.create(name="IPVA", email="a@b.br")
    )
    data: dict[str, Any] = {
        "desk": desk.pk, "is_active": "on", "zone": "America/Porto_Velho", "holidays_of": "RO",
        "day_0": "8 às 12, 14 às 18", "auto_close_days": 7, "reopen_days": 15,
        "retention_months": 60, **values,
    }  # fmt: skip
    for prefix in ("member_set", "targets", "closed_days"):
        for name in ("TOTAL", "INITIAL"):
            data.setdefault(f"{prefix}-{name}_FORMS", 0)
    return data


def errors(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = page.context["adminform"].form.errors
    return found


def test_a_department_is_a_contact_desk_with_hours_promises_and_members(cast: Cast, client_of: Any):
    targets: dict[str, Any] = {"targets-TOTAL_FORMS": 1, "targets-0-priority": "3-high",
               "targets-0-first_minutes": "1h30", "targets-0-resolve_minutes": "8h"}  # fmt: skip
    members: dict[str, Any] = {"member_set-TOTAL_FORMS": 1, "member_set-0-user": cast.atendente.pk}
    page = client_of(cast.admin).post(ADD, filled(**targets, **members))
    assert page.status_code == 302, errors(page)
    department = Department.objects.get(desk__name="IPVA")
    assert department.hours[:2] == [[["08:00", "12:00"], ["14:00", "18:00"]], []]
    assert department.targets.get().first_minutes == 90
    assert department.members.get() == cast.atendente


def test_a_promise_that_is_broken_by_itself_and_a_week_without_work_are_refused(
    cast: Cast, client_of: Any
):
    targets: dict[str, Any] = {"targets-TOTAL_FORMS": 1, "targets-0-priority": "3-high",
               "targets-0-first_minutes": "8h", "targets-0-resolve_minutes": "1h"}  # fmt: skip
    page = client_of(cast.admin).post(ADD, filled(day_0="", **targets))
    assert errors(page)["day_0"] == ["Preencha pelo menos um dia de atendimento."]
    assert "Não se resolve antes da primeira resposta" in text(page)


def test_a_department_with_orders_is_closed_only_with_one_that_goes_on(cast: Cast, client_of: Any):
    department, other = make_department(), make_department("Outro")
    Topic.objects.create(department=department, name="Contestação", event="contested")
    Mailbox.objects.create(department=department, address="os@p.example", host="h", username="u")
    make_ticket(department=department)
    address = reverse("admin:tickets_department_change", args=[department.pk])
    browser = client_of(cast.admin)
    wrong = errors(browser.post(address, filled(department, is_active="")))
    assert set(wrong) == {"is_active", "successor"}
    assert "os@p.example" in str(wrong["is_active"])
    assert "Contestação" in str(wrong["is_active"])
    Topic.objects.update(event="")
    Mailbox.objects.update(department=other)
    page = browser.post(address, filled(department, is_active="", successor=other.pk))
    assert page.status_code == 302, errors(page)
    assert Department.objects.get(pk=department.pk).in_charge == other
    assert browser.post(address.replace("change", "delete")).status_code == 403


def test_what_changes_a_calendar_has_the_clocks_reckoned_anew(cast: Cast, client_of: Any):
    department = make_department()
    address = reverse("admin:tickets_department_change", args=[department.pk])
    jobs = Outbox.objects.filter(name="tickets.reckon_clocks")
    browser = client_of(cast.admin)
    browser.post(address, filled(department, day_0="9 às 12"))
    assert [job.arguments["department"] for job in jobs] == [department.pk]
    day = {"day": "24/12/2026", "name": "Véspera", "department": "", "hours": "8 às 12"}
    page = browser.post(reverse("admin:tickets_closedday_add"), day)
    assert page.status_code == 302, errors(page)
    assert ClosedDay.objects.get().hours == [["08:00", "12:00"]]
    assert jobs.latest("pk").arguments["department"] is None
    form = ClosedDayForm({**day, "hours": "08:00 às 12:00"}, instance=ClosedDay.objects.get())
    assert not form.has_changed(), "what was shown and sent back is the same"
    again = browser.post(reverse("admin:tickets_closedday_add"), day)
    assert "este dia já está na lista" in text(again)


def test_a_topic_asks_for_fields_of_its_own(cast: Cast, client_of: Any):
    fields: dict[str, Any] = {"fields-TOTAL_FORMS": 2, "fields-INITIAL_FORMS": 0}
    for number, (label, kind) in enumerate([("Nº do processo", "text"), ("Tipo", "choice")]):
        fields |= {f"fields-{number}-label": label, f"fields-{number}-kind": kind,
                   f"fields-{number}-order": 50, f"fields-{number}-is_active": "on"}  # fmt: skip
    data = {"department": make_department().pk, "name": "Processo", "is_active": "on",
            "priority": "2-normal", "order": 50, **fields}  # fmt: skip
    browser, address = client_of(cast.admin), reverse("admin:tickets_topic_add")
    assert "Digite pelo menos uma opção" in text(browser.post(address, data))
    page = browser.post(address, {**data, "fields-1-choices": "Físico\nDigital"})
    assert page.status_code == 302, errors(page)
    names = TopicField.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["no_do_processo", "tipo"]


def test_orders_are_looked_at_by_the_rule_of_the_desk(cast: Cast, client_of: Any):
    mine, other = make_department(), make_department("Outro")
    Member.objects.create(department=mine, user=cast.atendente)
    shown, hidden = make_ticket(department=mine), make_ticket(department=other)
    address = reverse("admin:tickets_ticket_changelist")
    page = text(client_of(cast.atendente).get(address))
    assert shown.number in page
    assert hidden.number not in page
    found = text(client_of(cast.admin).get(address, {"q": hidden.number.replace("-", "")}))
    assert hidden.number in found
    assert shown.number not in found
    one = reverse("admin:tickets_ticket_change", args=[hidden.pk])
    assert hidden.desk_url in client_of(cast.admin).get(one).content.decode()


def test_a_topic_with_orders_is_switched_off_and_not_deleted(cast: Cast, client_of: Any):
    topic = make_topic()
    address = reverse("admin:tickets_topic_delete", args=[topic.pk])
    browser = client_of(cast.admin)
    assert browser.get(address).status_code == 200
    make_ticket(topic=topic, at=timezone.now())
    assert browser.get(address).status_code == 403
