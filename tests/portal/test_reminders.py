"""Reminders: at each threshold once, one mail per person and day, quiet when it is taken care of."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from certificates.icp import Kind
from certificates.models import CertificateUse, KnownCertificate, SigningCertificate
from certificates.services import install_pfx
from certificates.services.known import Origin, _facts, record_use, stop_watching, upload
from portal import desks
from portal.accounts.models import Grant, User
from portal.accounts.opening import Means, Opening
from portal.accounts.services import erasure
from portal.audit.models import AuditEvent
from portal.outbox import mail
from portal.outbox.delivery import sweep
from portal.outbox.models import Entry
from portal.reminders import jobs
from portal.reminders.labels import remaining
from portal.reminders.models import Dismissal, Feed, Run, SentReminder
from portal.reminders.registry import THRESHOLDS, ExpiringItem, Watch, watches
from portal.reminders.services import daily
from portal.reminders.services.feeds import new_feed
from portal.reminders.services.listing import AFTERWARDS, upcoming
from portal.reminders.tasks import remind
from tests.certificates import authority
from tests.certificates.known import a_record
from tests.factories import Cast, make_grant, make_unit, make_user
from tests.racing import at_once

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Monday, 7:40 in Brasília: when beat comes.
MORNING = datetime(2026, 11, 23, 10, 40, tzinfo=UTC)


WORK: dict[str, Callable[..., None]] = {
    "reminders.tell": jobs.tell,
    "reminders.digest": jobs.digest,
}


def ends(days: int, hour: int = 12) -> datetime:
    """An instant of the civil day that is ``days`` after MORNING's; ``hour`` in Brasília."""
    return datetime(2026, 11, 23, hour + 3, tzinfo=UTC) + days * DAY


def held(user: User, days: int, **values: object) -> KnownCertificate:
    """The e-CPF with which the person signs in; it ends ``days`` after MORNING's day."""
    values.setdefault("not_after", ends(days))
    record = a_record(Kind.E_CPF, user.cpf, name=user.name.upper(), **values)  # type: ignore[arg-type]
    return record_use(record, origin=Origin.LOGIN, user=user, at=MORNING - 30 * DAY)


def run(at: datetime = MORNING) -> int:
    """The daily run, and the jobs that it left in the outbox."""
    count = daily.remind(at=at)
    for entry in Entry.objects.filter(kind="job", status="pending", name__startswith="reminders."):
        WORK[entry.name](**entry.arguments)
        Entry.objects.filter(pk=entry.pk).update(status="done")
    return count


def mails(to: User | None = None) -> list[mail.Message]:
    entries = Entry.objects.filter(kind="mail").exclude(key__contains="digest").order_by("pk")
    if to is not None:
        entries = entries.filter(recipient=to.email)
    return [mail.opened(entry) for entry in entries]  # type: ignore[misc]


def told() -> list[tuple[int, date]]:
    return list(SentReminder.objects.order_by("pk").values_list("threshold", "day"))


def test_the_holder_is_told_sixty_days_before_and_not_sixty_one(cast: Cast):
    held(cast.ana, 61)
    assert run() == 0
    assert run(MORNING + DAY) == 1
    (message,) = mails(cast.ana)
    assert message.subject == "e-CPF – ANA SOUZA vence em 60 dias"
    assert cast.ana.cpf not in message.text + message.html
    assert "/certificados/" in message.text


def test_each_threshold_is_told_once_and_only_on_its_day(cast: Cast):
    held(cast.ana, 60)
    days = [day for day in range(70) if run(MORNING + day * DAY)]
    assert days == [60 - threshold for threshold in THRESHOLDS]
    assert len(mails(cast.ana)) == len(THRESHOLDS)
    assert mails(cast.ana)[-1].subject.endswith("vence hoje")
    assert mails(cast.ana)[-2].subject.endswith("vence amanhã")


def test_the_civil_day_is_that_of_brasilia(cast: Cast):
    # 23:30 of day 1 in Brasília is already day 2 in UTC.
    held(cast.ana, 0, not_after=datetime(2026, 11, 25, 2, 30, tzinfo=UTC))
    run()
    assert mails(cast.ana)[0].subject.endswith("vence amanhã")
    assert told() == [(1, date(2026, 11, 23))]


def test_a_run_after_nine_at_night_still_belongs_to_the_day(cast: Cast):
    held(cast.ana, 0)
    run(datetime(2026, 11, 24, 2, 50, tzinfo=UTC))
    assert Run.objects.get().day == date(2026, 11, 23)
    assert told() == [(0, date(2026, 11, 23))]


def test_missed_days_bring_the_nearest_threshold_alone(cast: Cast):
    held(cast.ana, 60)
    run()
    run(MORNING + 50 * DAY)  # 30 passed while the worker was down; 15 is the nearest to 10
    assert told() == [(60, date(2026, 11, 23)), (15, date(2027, 1, 12))]
    assert mails(cast.ana)[-1].subject.endswith("vence em 10 dias")
    run(MORNING + 53 * DAY)
    assert told()[-1][0] == 7


def test_who_was_away_on_the_day_itself_is_told_afterwards_for_a_week(cast: Cast):
    held(cast.ana, 1)
    held(cast.bruno, -8)
    run()
    run(MORNING + 3 * DAY)
    assert told() == [(1, date(2026, 11, 23)), (0, date(2026, 11, 26))]
    assert mails(cast.ana)[-1].subject.endswith("venceu há 2 dias")
    assert mails(cast.bruno) == []
    assert AFTERWARDS.days == 7


def test_what_is_first_seen_at_ten_days_is_told_once(cast: Cast):
    held(cast.ana, 10)
    assert [run(MORNING + day * DAY) for day in range(4)] == [1, 0, 0, 1]
    assert [threshold for threshold, _day in told()] == [15, 7]


def test_one_mail_per_person_with_everything(cast: Cast):
    held(cast.bruno, 30)
    for _i in range(2):
        record_use(
            a_record(tax_id=make_unit(cast.company_b).cnpj, not_after=ends(7)),
            origin=Origin.ORDER, at=MORNING,
        )  # fmt: skip
    assert run() == 3
    (message,) = mails(cast.bruno)
    assert message.subject == "3 lembretes: e-CNPJ – EMPRESA B LTDA vence em 7 dias"
    assert message.text.count("/certificados/") == 3
    assert mails(cast.ana) == []


def test_a_company_s_are_told_to_its_administrators_and_else_to_who_receives(cast: Cast):
    receiver, viewer = make_user("Eva Melo"), make_user("Vera Reis")
    make_grant(receiver, cast.office)
    make_grant(viewer, cast.office, Grant.Level.CONSULT)
    record_use(
        a_record(tax_id=cast.office.tax_id, not_after=ends(7)), origin=Origin.ORDER, at=MORNING
    )
    record_use(
        a_record(tax_id=cast.unit_b1.cnpj, not_after=ends(7)), origin=Origin.ORDER, at=MORNING
    )
    run()
    assert len(mails(cast.carla)) == 1
    assert len(mails(cast.bruno)) == 1
    assert mails(receiver) == mails(viewer) == mails(cast.ana) == []


def test_the_provider_s_own_are_told_to_the_staff_who_choose_what_signs(cast: Cast):
    record_use(a_record(not_after=ends(30)), origin=Origin.SIGNING, at=MORNING)
    run()
    assert len(mails(cast.admin)) == 1
    assert mails(cast.agente) == mails(cast.faturista) == []


def installed_long_ago(cast: Cast) -> SigningCertificate:
    """As before there was a watch: in the vault, and known to nobody."""
    leaf = authority.certificate(names=authority.company_names())
    row = install_pfx(authority.pfx(leaf=leaf), authority.PASSWORD, label="A1", by=cast.admin)
    KnownCertificate.objects.all().delete()
    return row


def test_a_signing_certificate_from_before_the_watch_is_watched_from_the_next_run_on(cast: Cast):
    row = installed_long_ago(cast)
    last = timezone.localtime(row.not_after).replace(hour=12)  # of its last civil day
    assert run(last - 30 * DAY) == 1
    use = CertificateUse.objects.get()
    assert (use.certificate.sha256, use.origin, use.user, use.by) == (
        row.sha256, Origin.SIGNING, None, cast.admin,
    )  # fmt: skip
    (message,) = mails(cast.admin)
    assert "vence em 30 dias" in message.subject
    run(last - 29 * DAY)
    assert CertificateUse.objects.count() == KnownCertificate.objects.count() == 1


def test_one_that_the_vault_cannot_open_leaves_the_others_their_reminders(cast: Cast, caplog):
    row = installed_long_ago(cast)
    SigningCertificate.objects.update(sealed=b"broken")
    held(cast.ana, 7)
    assert run() == 1
    assert len(mails(cast.ana)) == 1
    assert row.label in caplog.text


def test_one_that_its_owner_stopped_watching_stays_stopped(cast: Cast):
    row = installed_long_ago(cast)
    run(row.not_after - 300 * DAY)
    stop_watching(KnownCertificate.objects.get(), by=cast.admin, at=MORNING)
    assert run(row.not_after - 7 * DAY) == 0
    assert CertificateUse.objects.get().stopped_at is not None


def test_quiet_when_renewed(cast: Cast):
    held(cast.ana, 15)
    held(cast.ana, 380)
    assert run() == 0
    assert list(upcoming(cast.ana, on=date(2026, 11, 23))) == []


def test_quiet_when_revoked_or_no_longer_watched(cast: Cast):
    held(cast.ana, 15)
    KnownCertificate.objects.update(revoked_at=MORNING)
    stop_watching(held(cast.bruno, 15), by=cast.bruno, at=MORNING)
    assert run() == 0


def test_a_dismissed_one_is_quiet_for_that_person_and_a_renewal_is_a_new_thing(cast: Cast):
    administrator = make_user("Olga Pires")
    make_grant(administrator, cast.office, Grant.Level.ADMINISTER)
    made = record_use(
        a_record(tax_id=cast.office.tax_id, not_after=ends(7)), origin=Origin.ORDER, at=MORNING
    )
    Dismissal.objects.create(
        user=cast.carla, watch="certificates", key=made.sha256,
        version=f"{made.not_after:%Y%m%d}", at=MORNING,
    )  # fmt: skip
    run()
    assert mails(cast.carla) == []
    assert len(mails(administrator)) == 1


def test_who_lost_the_grant_or_left_meanwhile_gets_nothing(cast: Cast):
    record_use(
        a_record(tax_id=cast.unit_b1.cnpj, not_after=ends(7)), origin=Origin.ORDER, at=MORNING
    )
    held(cast.ana, 7)
    daily.remind(at=MORNING)
    cast.bruno.grants.update(revoked_at=timezone.now())
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    run()
    assert mails() == []


def test_without_an_e_mail_there_is_only_the_portal(cast: Cast):
    User.objects.filter(pk=cast.ana.pk).update(email=None, email_proof="", email_proven_at=None)
    held(cast.ana, 7)
    assert run() == 1
    assert mails() == []
    assert len(list(upcoming(cast.ana, on=date(2026, 11, 23)))) == 1


def test_a_second_run_of_the_day_tells_nobody_anything(cast: Cast):
    held(cast.ana, 7)
    assert run() == 1
    held(cast.bruno, 7)
    assert run(MORNING + timedelta(hours=5)) == 0
    assert run(MORNING + DAY) == 1, "what came meanwhile waits for the next morning"
    assert len(mails(cast.ana)) == len(mails(cast.bruno)) == 1


def test_a_run_that_dies_leaves_nothing_and_is_done_again(cast: Cast, monkeypatch):
    held(cast.ana, 7)
    with monkeypatch.context() as broken:
        broken.setattr(daily, "_enqueue_mails", lambda day: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            daily.remind(at=MORNING)
    assert not Run.objects.exists()
    assert not SentReminder.objects.exists()
    assert run() == 1
    assert len(mails(cast.ana)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(cast: Cast):
    held(cast.ana, 7)
    assert sorted(at_once(*[lambda: daily.remind(at=MORNING)] * 2)) == [0, 1]
    assert Entry.objects.filter(name="reminders.tell").count() == 1


def test_the_task_and_the_outbox_do_it_by_themselves(cast: Cast):
    record = a_record(Kind.E_CPF, cast.ana.cpf, days=6.9)
    record_use(record, origin=Origin.LOGIN, user=cast.ana, at=timezone.now())
    remind()
    sweep()
    sweep()
    assert Entry.objects.filter(kind="mail", recipient=cast.ana.email).count() == 1


def test_what_a_run_costs_does_not_grow_with_what_it_has_told(
    cast: Cast, django_assert_max_num_queries
):
    for _i in range(40):
        record_use(
            a_record(tax_id=cast.unit_b1.cnpj, not_after=ends(7)), origin=Origin.ORDER,
            company=cast.company_b, at=MORNING,
        )  # fmt: skip
    KnownCertificate.objects.update(tax_id="")  # nobody renews anybody
    with django_assert_max_num_queries(45):
        assert daily.remind(at=MORNING) == 40


# The digest of the staff


def digests() -> dict[str, mail.Message]:
    entries = Entry.objects.filter(kind="mail", key__contains="digest").order_by("pk")
    return {entry.recipient: mail.opened(entry) for entry in entries}  # type: ignore[misc]


def test_staff_get_a_digest_on_mondays(cast: Cast):
    held(cast.ana, 50)
    run()
    assert set(digests()) == {cast.agente.email, cast.admin.email}
    message = digests()[cast.agente.email]  # type: ignore[index]
    assert message.subject == "Um item de clientes vence em até 60 dias"
    assert "e-CPF – ANA SOUZA" in message.text
    assert cast.ana.cpf not in message.text + message.html
    Entry.objects.all().delete()
    for day in range(1, 7):
        run(MORNING + day * DAY)
    assert digests() == {}
    run(MORNING + 7 * DAY)
    assert len(digests()) == 2


def test_what_ends_is_read_once_for_all_of_the_staff(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    held(cast.ana, 50)
    watch, read = watches()["certificates"], []

    def due(*days: date) -> Iterable[ExpiringItem]:
        read.append(days)
        return watch.due(*days)

    monkeypatch.setattr(
        "portal.reminders.services.daily.watches", lambda: {watch.name: replace(watch, due=due)}
    )
    run()
    assert len(digests()) == 2
    assert len(read) == 2  # by the day's run, and by the digest


def test_a_missed_monday_is_made_up_for(cast: Cast):
    held(cast.ana, 50)
    run()
    Entry.objects.all().delete()
    run(MORNING + 9 * DAY)
    assert len(digests()) == 2


def test_no_digest_of_nothing(cast: Cast):
    run()
    assert digests() == {}


# Pages


def page(client, name: str = "reminders:list") -> str:
    return client.get(reverse(name)).content.decode()


@pytest.fixture
def soon(cast: Cast) -> KnownCertificate:
    record = a_record(Kind.E_CPF, cast.ana.cpf, days=5, name="ANA SOUZA")
    return record_use(record, origin=Origin.LOGIN, user=cast.ana, at=timezone.now())


def form_of(made: KnownCertificate) -> dict[str, str]:
    return {"watch": "certificates", "key": made.sha256, "version": f"{made.not_after:%Y%m%d}"}


def test_the_page_and_the_first_page_show_what_expires(cast: Cast, client_of, soon):
    for name in ("reminders:list", "ui:dashboard"):
        assert "e-CPF – ANA SOUZA" in page(client_of(cast.ana), name)
        assert "e-CPF – ANA SOUZA" not in page(client_of(cast.bruno), name)
        assert cast.ana.cpf not in page(client_of(cast.ana), name)


def test_a_person_dismisses_one_and_takes_it_back(cast: Cast, client_of, soon):
    ana = client_of(cast.ana)
    ana.post(reverse("reminders:dismiss"), form_of(soon))
    assert "1 lembrete dispensado" in page(ana)
    assert "e-CPF – ANA SOUZA" not in page(ana, "ui:dashboard").replace("<title>", "")
    ana.post(reverse("reminders:dismiss"), form_of(soon))
    assert Dismissal.objects.count() == 1
    ana.post(reverse("reminders:restore"), form_of(soon))
    assert not Dismissal.objects.exists()


def test_nobody_dismisses_what_they_cannot_see(cast: Cast, client_of, soon):
    bruno = client_of(cast.bruno)
    assert bruno.post(reverse("reminders:dismiss"), form_of(soon)).status_code == 404
    for wrong in ({"watch": "nada"}, {"version": "1"}, {"key": ""}):
        sent = {**form_of(soon), **wrong}
        assert client_of(cast.ana).post(reverse("reminders:dismiss"), sent).status_code == 404
    assert not Dismissal.objects.exists()


def test_the_page_costs_the_same_with_few_and_with_many(
    cast: Cast, client_of, soon, django_assert_num_queries
):
    from django.test.utils import CaptureQueriesContext

    ana = client_of(cast.ana)
    page(ana)
    with CaptureQueriesContext(connection) as few:
        page(ana)
    for _i in range(20):
        upload(a_record(days=9), company=None, by=cast.ana, at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        page(ana)
    assert len(many) == len(few)


def many(cast: Cast, count: int, *, days: int = 40) -> None:
    """Certificates of others that Ana has watched, several of which end on the same day."""
    now = timezone.now()
    records = [a_record(days=i * days / count, name=f"EMPRESA {i:04}") for i in range(count)]
    known = KnownCertificate.objects.bulk_create(
        KnownCertificate(sha256=record.sha256, **_facts(record), created_at=now)
        for record in records
    )
    CertificateUse.objects.bulk_create(
        CertificateUse(
            certificate=row, origin=Origin.UPLOAD, user=cast.ana, first_at=now, last_at=now
        )
        for row in known
    )


def shown(text: str) -> list[str]:
    return re.findall(r"<strong>e-CNPJ – EMPRESA (\d+)</strong>", text)


def test_all_of_many_are_reached_page_by_page_there_and_back(cast: Cast, client_of):
    many(cast, 520)
    ana, address, pages = client_of(cast.ana), reverse("reminders:list"), []
    while address:
        text = ana.get(address).content.decode()
        pages.append(shown(text))
        found = re.search(r'rel="next" href="([^"]+)"', text)
        address = reverse("reminders:list") + unescape(found[1]) if found else ""
    assert [name for names in pages for name in names] == [f"{i:04}" for i in range(520)]
    assert {len(names) for names in pages[:-1]} == {25}
    back = re.search(r'rel="prev" href="([^"]+)"', text)
    assert back
    before = ana.get(reverse("reminders:list") + unescape(back[1])).content.decode()
    assert shown(before) == pages[-2]
    assert 'rel="prev"' in before
    assert 'rel="next"' in before


def test_the_list_is_narrowed_by_how_soon_it_ends_and_counted(cast: Cast, client_of):
    many(cast, 60, days=60)
    upload(a_record(days=-3, name="EMPRESA 9999"), company=None, by=cast.ana, at=timezone.now())
    ana, url = client_of(cast.ana), reverse("reminders:list")

    def found(**query: str) -> tuple[list[str], str]:
        text = ana.get(url, query).content.decode()
        return shown(text), text

    assert "61 resultados" in found()[1]
    soon, text = found(within="7")
    assert len(soon) == 8
    assert "8 resultados" in text
    assert 'name="within" value="7"' in text, "dismissing leads back to this selection"
    assert found(within="expired")[0] == ["9999"]
    assert "61 resultados" in found(within="nonsense")[1]
    second = found(within="30", cursor=ana.get(url, {"within": "30"}).context["page"].next)[0]
    assert second[0] == "0025"


def test_a_cursor_that_was_tampered_with_shows_the_first_page(cast: Cast, client_of):
    many(cast, 30)
    text = client_of(cast.ana).get(reverse("reminders:list"), {"cursor": "1:x:y"}).content.decode()
    assert shown(text)[0] == "0000"


def test_dismissing_on_a_later_page_leads_back_to_it(cast: Cast, client_of):
    many(cast, 30)
    ana = client_of(cast.ana)
    cursor = re.search(r"cursor=([^\"&]+)", page(ana))
    assert cursor
    made = KnownCertificate.objects.get(name="EMPRESA 0027")
    sent = {**form_of(made), "cursor": unquote(cursor[1])}
    text = ana.post(reverse("reminders:dismiss"), sent, follow=True).content.decode()
    assert shown(text)[:2] == ["0025", "0026"]
    assert "1 lembrete dispensado" in text


def test_the_first_page_counts_to_a_hundred_and_no_further(cast: Cast, client_of):
    many(cast, 120)
    assert "99+" in page(client_of(cast.ana), "ui:dashboard")


def test_a_session_of_an_e_cnpj_is_reminded_of_the_company_s_alone(cast: Cast, soon):
    make_grant(cast.ana, cast.company_b)
    of_b = a_record(tax_id=cast.unit_b1.cnpj, days=9)
    record_use(of_b, origin=Origin.ORDER, at=timezone.now())
    assert len(list(upcoming(cast.ana, on=timezone.localdate()))) == 2
    cast.ana.opening = Opening(Means.E_CNPJ, cnpj=cast.unit_b1.cnpj)
    keys = [r.item.key for r in upcoming(cast.ana, on=timezone.localdate())]
    assert soon.sha256 not in keys


def test_another_desk_adds_what_it_watches(cast: Cast, monkeypatch):
    item = ExpiringItem(
        "12", "1", "Procuração da prefeitura", "", date(2026, 11, 24), "/procuracoes/12/"
    )
    watch = Watch(
            "proxies", "Procurações", due=lambda first, last: [item],
            recipients=lambda keys: {"12": [cast.bruno.pk]},
            visible_to=lambda user, first, last, keys, *, backwards=False: (
                [item] if user == cast.bruno else []
            ),
        )  # fmt: skip
    desks.register(desks.Desk(name="sixth", label="Sexta", watches=[watch]))
    try:
        held(cast.bruno, 1)
        run()
        (message,) = mails(cast.bruno)
        assert "Procuração da prefeitura – vence amanhã" in message.text
        assert message.subject.startswith("2 lembretes")
    finally:
        desks.unregister("sixth")


@pytest.mark.parametrize(
    ("days", "text"),
    [(23, "vence em 23 dias"), (1, "vence amanhã"), (0, "vence hoje"), (-1, "venceu ontem"),
     (-2, "venceu há 2 dias")],
)  # fmt: skip
def test_what_is_left_is_said_in_words(days: int, text: str):
    assert remaining(days) == text


def test_erasing_a_person_takes_reminders_and_certificates_along(cast: Cast, soon):
    daily.remind(at=timezone.now())
    new_feed(cast.ana, at=timezone.now())
    Dismissal.objects.create(user=cast.ana, watch="certificates", key="1", version="1", at=MORNING)
    erasure.carry_out(erasure.ask(cast.ana, ""), by=cast.admin, at=timezone.now())
    assert not Feed.objects.exists()
    assert not Dismissal.objects.exists()
    assert not SentReminder.people.through.objects.filter(user=cast.ana).exists()
    assert not KnownCertificate.objects.exists()


def test_my_data_tell_of_certificates_and_reminders(cast: Cast, client_of, soon):
    new_feed(cast.ana, at=timezone.now())
    text = client_of(cast.ana).get(reverse("accounts:my_data")).content.decode()
    assert "Meus certificados" in text
    assert "Lembretes" in text
    assert soon.serial in text
    assert AuditEvent.objects.filter(action="reminders.feed_made").exists()
