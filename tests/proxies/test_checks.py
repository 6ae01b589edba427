"""Checks of accesses, over real TLS: what follows from each answer, and what is never done."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from portal.accounts.models import Grant
from portal.audit.models import AuditEvent
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from proxies.models import Check, CheckState, LoginPage, OfficeClient, Proxy, SecretValue, State
from proxies.models.checks import MOST_UNCLEAR, Outcome
from proxies.services import checks, connector, life
from proxies.services.checks_shown import shown
from proxies.services.life import NewValues, ProxyData
from tests.factories.proxies import make_agency, make_proxy, open_proxies
from tests.proxies.agency import access_to, agency, tls_files
from tests.tickets.clients import words

__all__ = ["agency", "tls_files"]

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def at():
    return timezone.now()


def outcomes(proxy: Proxy) -> list[str]:
    found = Check.objects.filter(proxy=proxy).order_by("at", "pk")
    return list(found.values_list("outcome", flat=True))


def set_password(proxy: Proxy, password: str, by, at) -> None:
    data = ProxyData(
        agency=proxy.agency, kind=proxy.kind, name=proxy.name, holder=proxy.holder
    )  # fmt: skip
    life.change(proxy, data, NewValues(secrets={"password": password.encode()}), by=by, at=at)
    proxy.refresh_from_db()


def check(proxy: Proxy, at) -> Check | None:
    proxy.refresh_from_db()
    return checks.run(proxy, by=None, at=at)


def ask(proxy: Proxy, by, at, host: str = "") -> None:
    request = RequestFactory().post("/")
    request.user = by
    host = host or proxy.agency.login_page.host
    checks.ask(proxy, host=host, by=by, at=at, request=request)


def test_one_that_opens_is_noted_and_checked_again_the_next_day(agency, cast, at):
    proxy = access_to(agency, cast)
    check(proxy, at)
    state = CheckState.objects.get()
    assert outcomes(proxy) == ["opened"]
    assert timedelta(hours=23) < state.next_run - at < timedelta(hours=25)
    assert (state.lease, state.unclear) == ("", 0)


@pytest.mark.parametrize(
    ("password", "state"), [("errada", State.REFUSED), ("vencida", State.EXPIRED)]
)
def test_what_is_refused_pauses_the_access_and_is_never_sent_again(
    agency, cast, at, password, state
):
    proxy = access_to(agency, cast, password)
    check(proxy, at)
    proxy.refresh_from_db()
    assert proxy.state(at.date()) == state
    assert proxy.status_note if state == State.REFUSED else proxy.expired_at
    for later in (HOUR, timedelta(days=2)):
        assert check(proxy, at + later) is None
        assert checks.enqueue_due(at=at + later) == 0
    assert agency.forms == 1


def test_a_person_who_releases_it_does_not_make_the_machine_send_it_again(agency, cast, at, rf):
    open_proxies(cast.carla, cast.office)
    proxy = access_to(agency, cast, "errada")
    check(proxy, at)
    proxy.refresh_from_db()
    request = rf.post("/")
    request.user = cast.carla
    life.release(proxy, "Estava certa", by=cast.carla, at=at, request=request)
    checks.enqueue_due(at=at + timedelta(days=2))
    assert check(proxy, at + timedelta(days=2)) is None
    with pytest.raises(ValidationError):
        ask(proxy, cast.carla, at)
    assert agency.forms == 1
    set_password(proxy, "certa", cast.carla, at)
    check(proxy, at + HOUR)
    assert outcomes(proxy) == ["refused", "opened"]


def test_a_password_that_changes_while_the_check_runs_is_not_refused_for_the_old_one(
    agency, cast, at, monkeypatch
):
    proxy = access_to(agency, cast, "errada")

    def replaced(*arguments):
        answer = connector.try_login(*arguments)
        set_password(proxy, "certa", cast.carla, at)
        return answer

    monkeypatch.setattr(checks, "try_login", replaced)
    found = check(proxy, at)
    assert found
    assert (found.outcome, found.reason) == ("refused", "replaced")
    proxy.refresh_from_db()
    assert proxy.status == Proxy.Status.ACTIVE
    monkeypatch.undo()
    later = at + timedelta(minutes=1)
    assert CheckState.objects.get().next_run <= later
    check(proxy, later)
    assert outcomes(proxy) == ["refused", "opened"]


def test_an_agency_that_is_down_is_left_alone_longer_and_longer(agency, cast, at):
    proxy = access_to(agency, cast)
    agency.stop()
    for minutes in (5, 15, 60, 60):
        check(proxy, at)
        page = LoginPage.objects.get()
        waits = (page.blocked_until - at).total_seconds() / 60
        assert minutes <= waits < minutes + 1
        assert check(proxy, at + timedelta(minutes=minutes - 1)) is None
        assert CheckState.objects.get().next_run == page.blocked_until
        at = page.blocked_until
    assert outcomes(proxy) == ["unreachable"] * 4
    assert Proxy.objects.get().status == Proxy.Status.ACTIVE


def test_what_gets_no_clear_answer_is_sent_a_few_times_and_then_by_hand_alone(agency, cast, at):
    proxy = access_to(agency, cast, "mudou")
    for day in range(MOST_UNCLEAR + 3):
        if checks.enqueue_due(at=at + timedelta(days=2 * day)):
            check(proxy, at + timedelta(days=2 * day))
    assert agency.forms == MOST_UNCLEAR
    assert not checks.refusal(proxy, CheckState.objects.get(), at=at + timedelta(days=60))


@pytest.mark.parametrize("outcome", [Outcome.SLOW, Outcome.UNREACHABLE])
def test_once_the_form_was_sent_an_agency_that_breaks_off_waits_a_whole_interval(
    agency, cast, at, monkeypatch, outcome
):
    sent = []

    def broken(*_arguments):
        sent.append(1)
        return connector.Answer(outcome, was_sent=True)

    monkeypatch.setattr(checks, "try_login", broken)
    proxy = access_to(agency, cast)
    for hours in range(72):
        later = at + timedelta(hours=hours)
        if checks.enqueue_due(at=later):
            check(proxy, later)
        assert len(sent) == (1 if hours <= 24 else 2)


def test_the_lease_of_a_killed_worker_ends(agency, cast, at, monkeypatch):
    proxy = access_to(agency, cast)

    def killed(*_arguments):
        raise SystemExit

    monkeypatch.setattr(checks, "try_login", killed)
    with pytest.raises(SystemExit):
        check(proxy, at)
    monkeypatch.undo()
    assert check(proxy, at + timedelta(minutes=1)) is None
    later = at + checks.LEASE + timedelta(seconds=1)
    assert checks.enqueue_due(at=later) == 1
    check(proxy, later)  # what the agency answered nobody knows: it is not sent again so soon
    assert (outcomes(proxy), agency.forms) == (["cut"], 0)
    assert checks.enqueue_due(at=later + timedelta(hours=23)) == 0
    next_day = later + timedelta(hours=24)
    assert checks.enqueue_due(at=next_day) == 1
    check(proxy, next_day)
    assert outcomes(proxy) == ["cut", "opened"]


def test_a_run_that_looked_before_another_ended_does_not_send_a_refused_password_again(
    agency, cast, at, monkeypatch
):
    proxy = access_to(agency, cast, "errada")
    look = checks.refusal

    def meanwhile(*arguments, **options):
        said = look(*arguments, **options)
        monkeypatch.setattr(checks, "refusal", look)
        checks.run(Proxy.objects.get(), by=None, at=at)
        return said

    monkeypatch.setattr(checks, "refusal", meanwhile)
    assert check(proxy, at) is None
    assert outcomes(proxy) == ["refused"]
    assert agency.forms == 1


def test_a_worker_that_was_believed_dead_changes_nothing(agency, cast, at, monkeypatch):
    proxy = access_to(agency, cast, "errada")

    def late(*arguments):
        monkeypatch.undo()
        CheckState.objects.update(leased_until=at)
        check(proxy, at + timedelta(minutes=6))
        set_password(proxy, "certa", cast.carla, at)
        check(proxy, at + timedelta(minutes=7))
        return connector.try_login(*arguments)

    monkeypatch.setattr(checks, "try_login", late)
    assert check(proxy, at) is None
    assert outcomes(proxy) == ["cut", "opened"]
    assert Proxy.objects.get().status == Proxy.Status.ACTIVE


def test_each_use_is_in_the_audit_before_the_vault_opens_and_holds_no_secret(
    agency, cast, at, monkeypatch
):
    proxy = access_to(agency, cast)
    seen = []

    def open_one(value):
        seen.append(AuditEvent.objects.filter(action="proxy.used").count())
        return b"certa"

    monkeypatch.setattr(checks, "open_value", open_one)
    check(proxy, at)
    assert seen == [1, 1]
    event = AuditEvent.objects.get(action="proxy.used")
    assert event.data == {"host": agency.host, "versions": {"login": 1, "password": 1}}
    assert event.chain == f"company:{cast.office.pk}"
    written = repr([*Check.objects.values(), *CheckState.objects.values(), *Entry.objects.values()])
    assert "certa" not in written
    assert "escritorio" not in written


def test_a_value_that_the_vault_does_not_open_is_said_and_nothing_is_sent(agency, cast, at):
    proxy = access_to(agency, cast)
    SecretValue.objects.filter(field="password").update(sealed=b"lixo")
    check(proxy, at)
    assert outcomes(proxy) == ["sealed"]
    assert agency.asked == []


def test_nothing_is_sent_where_nobody_of_the_office_agreed_to(agency, cast, at):
    proxy = access_to(agency, cast, is_agreed=False)
    assert checks.enqueue_due(at=at) == 0
    assert check(proxy, at) is None
    ask(proxy, cast.carla, at)
    check(proxy, at)
    assert agency.forms == 1
    assert checks.enqueue_due(at=at + timedelta(days=1, minutes=1)) == 1


def test_a_login_page_that_moves_to_another_host_gets_nothing_until_the_office_agrees(
    agency, cast, at, monkeypatch
):
    sent = []

    def noted(page, *_arguments):
        sent.append(page.host)
        return connector.Answer(Outcome.OPENED, was_sent=True)

    monkeypatch.setattr(checks, "try_login", noted)
    proxy = access_to(agency, cast)
    LoginPage.objects.update(address="https://outro.exemplo.com/entrar")
    proxy = Proxy.objects.get()
    assert checks.enqueue_due(at=at) == 0
    assert check(proxy, at) is None
    assert shown(proxy, at).was_moved
    later = at + timedelta(days=2)
    with pytest.raises(ValidationError, match=r"outro\.exemplo\.com"):  # seen before it moved
        ask(proxy, cast.carla, later, host=agency.host)
    ask(proxy, cast.carla, later, host="outro.exemplo.com")
    check(proxy, later)
    assert sent == ["outro.exemplo.com"]


def test_a_login_page_that_moves_while_a_check_begins_gets_nothing(agency, cast, at, monkeypatch):
    proxy = access_to(agency, cast)
    noted_use = checks._noted_use

    def moved(*arguments, **options):
        LoginPage.objects.update(address="https://outro.exemplo.com/entrar")
        return noted_use(*arguments, **options)

    monkeypatch.setattr(checks, "_noted_use", moved)
    assert check(proxy, at) is None
    assert outcomes(proxy) == []


def test_an_access_that_goes_to_another_agency_is_not_sent_there_unasked(agency, cast, at):
    proxy = access_to(agency, cast)
    other = make_agency()
    page = LoginPage.objects.get()
    page.pk, page.agency, page.address = None, other, "https://outro.exemplo.com/"
    page.save()
    data = ProxyData(agency=other, kind=proxy.kind, name=proxy.name, holder=proxy.holder)
    life.change(proxy, data, NewValues(), by=cast.carla, at=at)
    assert checks.enqueue_due(at=at) == 0
    assert check(proxy, at) is None


def refuse(proxy: Proxy, by, at) -> None:
    life.refuse(proxy, "Não abre", by=by, at=at)
    proxy.refresh_from_db()


def test_what_a_person_refused_is_not_sent_after_it_was_out_of_use(agency, cast, at, rf):
    proxy, request = access_to(agency, cast), rf.post("/")
    request.user = cast.carla
    refuse(proxy, cast.carla, at)
    life.revoke(proxy, "Saiu", by=cast.carla, at=at, request=request)
    proxy.refresh_from_db()
    life.reactivate(proxy, by=cast.carla, at=at, request=request)
    checks.enqueue_due(at=at)
    assert check(proxy, at) is None
    assert agency.forms == 0


def test_a_person_takes_back_what_a_person_refused_and_no_more(agency, cast, at, rf):
    proxy, request = access_to(agency, cast), rf.post("/")
    request.user = cast.carla
    refuse(proxy, cast.carla, at)
    life.release(proxy, "Estava certa", by=cast.carla, at=at, request=request)
    check(proxy, at)
    assert outcomes(proxy) == ["opened"]
    set_password(proxy, "errada", cast.carla, at + HOUR)
    check(proxy, at + HOUR)
    for _ in range(2):  # said by a person too, what the check found stays found
        proxy.refresh_from_db()
        life.release(proxy, "Estava certa", by=cast.carla, at=at, request=request)
        proxy.refresh_from_db()
        refuse(proxy, cast.carla, at)
    life.release(proxy, "Estava certa", by=cast.carla, at=at, request=request)
    assert check(proxy, at + 2 * HOUR) is None
    assert outcomes(proxy) == ["opened", "refused"]


@pytest.mark.parametrize(("password", "word"), [("errada", "recusou"), ("vencida", "venceu")])
def test_who_keeps_the_offices_accesses_is_told_that_one_is_paused(
    agency, cast, at, password, word
):
    open_proxies(cast.carla, cast.office)
    proxy = access_to(agency, cast, password)
    check(proxy, at)
    [mail] = Entry.objects.filter(kind=Entry.Kind.MAIL)
    message = str(opened(mail))
    assert mail.recipient == cast.carla.email
    assert word in message
    assert proxy.name in message
    assert reverse("proxies:proxy", args=[proxy.pk]) in message
    assert password not in message.replace("venceu", "")
    assert "escritorio" not in message


def test_an_agency_that_is_down_rests_as_a_whole(agency, cast, at):
    first, second = access_to(agency, cast), access_to(agency, cast)
    agency.stop()
    check(first, at)
    assert check(second, at + timedelta(minutes=1)) is None
    assert checks.enqueue_due(at=at + timedelta(minutes=4)) == 0
    assert checks.enqueue_due(at=at + timedelta(minutes=6)) == 2
    assert outcomes(second) == []


def test_the_page_says_that_the_schedule_stopped_and_what_to_do(agency, cast, carla, at):
    proxy = access_to(agency, cast, "mudou")
    pages = (proxy.get_absolute_url(), reverse("proxies:checks", args=[proxy.pk]))
    said, ways_out = "As verificações periódicas pararam", ("Verificar agora", "cadastre aqui")
    check(proxy, at - timedelta(days=1))
    assert not any(said in words(carla.get(page)) for page in pages)
    check(proxy, at)
    for page in pages:
        text = words(carla.get(page))
        assert said in text
        assert "o portal entra em" not in text  # it does not any more
        assert all(way in text for way in ways_out)
    set_password(proxy, "certa-2", cast.carla, at)
    assert not any(said in words(carla.get(page)) for page in pages)


def test_a_corrected_login_page_is_tried_once_more(agency, cast, at):
    proxy = access_to(agency, cast, "mudou")
    CheckState.objects.update(unclear=MOST_UNCLEAR, values=f"{proxy.agency_id} login:1 password:1")
    assert checks.enqueue_due(at=at) == 0
    checks.page_was_changed(LoginPage.objects.get(), at=at)
    for day in range(3):
        if checks.enqueue_due(at=at + timedelta(days=2 * day)):
            check(proxy, at + timedelta(days=2 * day))
    assert agency.forms == 1


def test_why_it_is_not_checked_is_said_rightly(agency, cast, at):
    proxy = access_to(agency, cast)
    gone = OfficeClient.objects.create(
        office=cast.office, name="Padaria", tax_id="11222333000181",
        ended_on=timezone.localdate(at) - timedelta(days=1),
    )  # fmt: skip
    proxy.clients.set([gone])
    with translation.override("pt-br"):
        assert "contratos" in shown(proxy, at).why_not
        assert checks.enqueue_due(at=at) == 0
        proxy.clients.clear()
        proxy.office.is_active = False
        assert "inativo" in shown(proxy, at).why_not
        proxy.office.is_active, proxy.status = True, Proxy.Status.REVOKED
        assert shown(proxy, at).why_not.startswith("Está pausada: ")


def test_an_access_code_goes_with_the_holders_number(agency, cast, at, monkeypatch):
    sent = []

    def noted(_page, *arguments):
        sent.append(arguments)
        return connector.Answer(Outcome.OPENED)

    monkeypatch.setattr(checks, "try_login", noted)
    proxy = access_to(agency, cast, kind="code", secrets={"code": b"123"})
    check(proxy, at)
    assert sent == [(proxy.holder, "123")]


def test_what_is_due_is_handed_over_once_and_in_bounds(agency, cast, at, monkeypatch):
    monkeypatch.setattr(checks, "FEW", 2)
    mine = [access_to(agency, cast) for _ in range(4)]
    access_to(agency, cast, at=at - timedelta(days=400))  # its password is over
    Proxy.objects.filter(pk=mine[0].pk).update(status=Proxy.Status.REVOKED)
    make_proxy(cast.office)  # of an agency without a login page
    assert [checks.enqueue_due(at=at + n * timedelta(minutes=5)) for n in range(3)] == [2, 1, 0]
    jobs = Entry.objects.filter(name="proxies.check")
    assert {job.arguments["proxy"] for job in jobs} == {proxy.pk for proxy in mine[1:]}


def test_the_schedule_may_be_switched_off(agency, cast, at, settings):
    access_to(agency, cast)
    settings.PROXY_CHECK_HOURS = 0
    assert checks.enqueue_due(at=at) == 0


def test_old_checks_are_forgotten(agency, cast, at):
    proxy = access_to(agency, cast)
    for days in (1, 181):
        Check.objects.create(proxy=proxy, at=at - timedelta(days=days), outcome="opened")
    assert checks.forget_old(at=at) == 1
    assert Check.objects.count() == 1


# The pages


@pytest.fixture
def carla(client, cast):
    open_proxies(cast.carla, cast.office)
    client.force_login(cast.carla)
    return client


def test_who_operates_has_it_checked_by_hand_and_reads_what_came_of_it(agency, cast, carla):
    proxy = access_to(agency, cast, "errada")
    for _ in range(2):
        host = {"host": proxy.agency.login_page.host}
        answer = carla.post(reverse("proxies:check", args=[proxy.pk]), host, follow=True)
    assert "Verificar agora" in answer.content.decode()
    assert Entry.objects.filter(name="proxies.check").count() == 1
    check(proxy, timezone.now())
    page = carla.get(reverse("proxies:checks", args=[proxy.pk])).content.decode()
    assert "Recusada" in page
    assert "Verificar agora" not in page


def test_the_page_names_the_host_and_who_operates_stops_the_schedule(agency, cast, carla, settings):
    proxy = access_to(agency, cast)
    address = reverse("proxies:checks", args=[proxy.pk])
    for page in (address, proxy.get_absolute_url()):
        assert f"<strong>{agency.host}</strong>" in carla.get(page).content.decode()
    settings.PROXY_CHECK_HOURS = 1
    assert "A cada hora o portal entra" in words(carla.get(address))
    stop = reverse("proxies:stop_checks", args=[proxy.pk])
    assert "Parar as verificações" not in carla.post(stop, follow=True).content.decode()
    assert checks.enqueue_due(at=timezone.now() + timedelta(days=3)) == 0
    assert AuditEvent.objects.filter(action="proxy.checks_stopped").count() == 1


def test_pages_of_a_paused_access_promise_no_check_and_say_when_the_schedule_goes_on(
    agency, cast, carla, rf
):
    proxy = access_to(agency, cast)
    pages = (proxy.get_absolute_url(), reverse("proxies:checks", args=[proxy.pk]))
    assert all("o portal entra em" in words(carla.get(page)) for page in pages)
    refuse(proxy, cast.carla, timezone.now())
    for page in pages:
        text = words(carla.get(page))
        assert "o portal entra em" not in text
        assert "Próxima verificação" not in text
        assert "Quando ela puder ser usada de novo" in text
        assert "Parar as verificações" in text
    life.release(proxy, "engano", by=cast.carla, at=timezone.now(), request=rf.post("/"))
    text = words(carla.get(pages[0]))
    assert "Já é hora da próxima verificação" in text  # its hour passed while it was paused
    assert "Próxima verificação programada:" not in text


def test_no_check_is_promised_for_after_the_end_of_an_access(agency, cast, carla, at):
    proxy = access_to(agency, cast)
    day = timezone.localdate(at)
    for days, said in ((2, "Próxima verificação programada:"), (0, "Ela vence antes da próxima")):
        Proxy.objects.update(ends_on=day + timedelta(days=days), end_is_known=True)
        CheckState.objects.update(next_run=at + timedelta(days=1))
        assert said in words(carla.get(proxy.get_absolute_url()))


def test_who_consults_reads_and_does_not_ask(agency, cast, client):
    open_proxies(cast.carla, cast.office, level=Grant.Level.CONSULT)
    client.force_login(cast.carla)
    proxy = access_to(agency, cast)
    page = client.get(reverse("proxies:checks", args=[proxy.pk]))
    assert "Verificar agora" not in page.content.decode()
    assert client.post(reverse("proxies:check", args=[proxy.pk])).status_code == 403


def test_the_history_costs_the_same_with_few_and_with_many(
    agency, cast, carla, django_assert_max_num_queries
):
    proxy = access_to(agency, cast)
    for minute in range(60):
        at = timezone.now() - timedelta(minutes=minute)
        Check.objects.create(proxy=proxy, at=at, outcome="opened", milliseconds=1500, by=cast.carla)
    address = reverse("proxies:checks", args=[proxy.pk])
    carla.get(address)
    with django_assert_max_num_queries(22):
        page = carla.get(address)
    assert "1,5 s" in page.content.decode()
