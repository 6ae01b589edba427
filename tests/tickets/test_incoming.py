"""Mail that came in: each one ends in one place, and strangers get into no order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal import sandbox
from portal.accounts.models import User
from portal.files import services
from portal.files.models import PendingFile
from portal.files.services import open_file
from portal.outbox.models import Entry as Outbox
from portal.outbox.registry import tell_owner
from tests.factories.tickets import make_department, make_ticket
from tests.tickets.mail.mails import PDF, PNG
from tests.tickets.posting import (
    BOX,
    ELIANE,
    a_bounce,
    a_mail,
    an_email,
    mails_out,
    make_mailbox,
    our_id,
    take,
    token_address,
    with_picture,
)
from tickets.models import Attachment, Entry, IncomingMail, Mailbox, Ticket
from tickets.services import acts, incoming, life, mail_files, merging

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def mailbox() -> Mailbox:
    return make_mailbox()


def test_a_mail_opens_an_order_of_its_mailbox_and_its_sender_gets_the_number(mailbox):
    row = take(a_mail(Message_ID="<1@exemplo.com.br>"), mailbox)
    ticket = Ticket.objects.get()
    assert (row.status, ticket.source, ticket.email) == ("taken", "mail", ELIANE)
    assert ticket.subject == "IPVA - 1° Emplacamento"
    assert ticket.entries.get().text.strip() == "Preciso do IPVA."
    assert Outbox.objects.filter(kind="mail", recipient=ELIANE).count() == 1


def test_the_same_mail_twice_is_one_entry(mailbox):
    raw = a_mail(Message_ID="<1@exemplo.com.br>")
    take(raw, mailbox)
    again = take(raw, mailbox)
    assert (again.status, again.error) == ("taken", "twice")
    assert Entry.objects.count() == 1


def test_two_who_are_copied_on_one_mail_make_one_order(mailbox):
    take(a_mail(Message_ID="<1@exemplo.com.br>", Cc="Colega <colega@exemplo.com.br>"), mailbox)
    take(
        a_mail(
            "Complemento.", sender="colega@exemplo.com.br", Message_ID="<2@exemplo.com.br>",
            In_Reply_To="<1@exemplo.com.br>",
        ),
        mailbox,
    )  # fmt: skip
    assert Ticket.objects.get().entries.count() == 2


def test_an_answer_finds_its_order_by_the_token_in_its_address(mailbox):
    ticket = make_ticket(email=ELIANE)
    take(a_mail("Segue.", subject="Outra coisa", Delivered_To=token_address(ticket)), mailbox)
    assert [entry.held for entry in ticket.entries.all()] == [False, False]


def test_a_sender_who_is_not_proven_is_held_and_opens_nothing_again(mailbox, cast):
    ticket = make_ticket(email=ELIANE)
    life.close(ticket, by=cast.atendente, reason="Resolvida", at=timezone.now())
    take(a_mail("Sou eu.", results="", Delivered_To=token_address(ticket)), mailbox)
    ticket.refresh_from_db()
    entry = ticket.entries.get(held=True)
    assert ticket.status == "closed"
    acts.take_in(entry, by=cast.atendente, at=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.status, ticket.entries.filter(held=True).exists()) == ("waiting_agent", False)


def test_who_got_it_forwarded_is_held_with_the_token_and_opens_another_without(mailbox):
    ticket = make_ticket(email=ELIANE)
    stranger = "Estranho <estranho@exemplo.net>"
    take(a_mail("Deixe comigo.", sender=stranger, Delivered_To=token_address(ticket)), mailbox)
    assert ticket.entries.get(held=True).author == "Estranho"
    take(a_mail("E isto?", sender=stranger, subject=f"Re: [O.S. {ticket.number}] IPVA"), mailbox)
    other = Ticket.objects.exclude(pk=ticket.pk).get()
    assert other.possibly == ticket
    assert ticket.entries.count() == 2


def test_the_number_in_the_subject_counts_for_who_takes_part(mailbox):
    ticket = make_ticket(email=ELIANE)
    take(a_mail("Segue.", subject=f"RES: O.S. {ticket.number}"), mailbox)
    assert ticket.entries.count() == 2


def test_automatic_mail_is_not_answered_and_opens_nothing(mailbox):
    before = Outbox.objects.filter(kind="mail").count()
    row = take(a_mail("Estou de férias.", Auto_Submitted="auto-replied"), mailbox)
    assert row.status == "ignored"
    assert not Ticket.objects.exists()
    assert Outbox.objects.filter(kind="mail").count() == before


def test_our_own_mail_come_back_is_ignored(mailbox):
    row = take(a_mail(sender=BOX), mailbox)
    assert (row.status, row.error) == ("ignored", "own_address")


def test_two_systems_that_answer_each_other_come_to_an_end(mailbox):
    for n in range(30):
        take(a_mail(f"Recebemos {n}.", sender="sistema@outro.example"), mailbox)
    answers = Outbox.objects.filter(kind="mail", recipient="sistema@outro.example").count()
    assert answers == 1, "one receipt in ten minutes"


def test_what_comes_back_marks_the_person_whose_address_does_not_work(mailbox):
    ticket = make_ticket(email=ELIANE)
    person = ticket.participants.get()
    take(a_bounce(our_id(ticket)), mailbox)
    person.refresh_from_db()
    ticket.refresh_from_db()
    assert person.bounced_at is not None
    assert ticket.bounced
    assert ticket.entries.count() == 1


def test_without_a_sender_an_order_is_opened_all_the_same(mailbox):
    row = take(b"Subject: sem remetente\r\n\r\nOi.\r\n", mailbox)
    assert row.status == "taken"
    assert Ticket.objects.get().email == ""


def test_what_cannot_be_read_is_kept_whole_and_can_be_tried_again(mailbox, monkeypatch):
    def refuses(_raw):
        raise sandbox.TooCostly

    monkeypatch.setattr(incoming, "examine", refuses)
    raw = a_mail("Difícil.")
    row = take(raw, mailbox)
    assert row.status == "unreadable"
    assert row.error
    with open_file(row.file_key) as file:
        assert file.read() == raw
    monkeypatch.undo()
    incoming.try_again(row, at=timezone.now())
    incoming.take(row, at=timezone.now())
    assert Ticket.objects.get().entries.get().text.strip() == "Difícil."


def test_a_busy_sandbox_leaves_it_waiting(mailbox, monkeypatch):
    def is_busy(_raw):
        raise sandbox.Busy

    monkeypatch.setattr(incoming, "examine", is_busy)
    with pytest.raises(sandbox.Busy):
        take(a_mail(), mailbox)
    assert IncomingMail.objects.get().status == "waiting"


def test_what_two_processes_fetch_at_once_is_one_mail(mailbox, monkeypatch):
    """The other one was faster between the look and the insert."""
    at, real = timezone.now(), services.store

    def store_slowly(*args, **named):
        monkeypatch.setattr(incoming, "store", real)
        incoming.keep(a_mail(), at=at, mailbox=mailbox, uid_validity=7, uid=1)
        return real(*args, **named)

    monkeypatch.setattr(incoming, "store", store_slowly)
    row = incoming.keep(a_mail(), at=at, mailbox=mailbox, uid_validity=7, uid=1)
    assert IncomingMail.objects.get() == row
    assert not PendingFile.objects.exists()
    incoming.keep(a_mail(), at=at, mailbox=mailbox, uid_validity=8, uid=1)  # another box by then
    assert IncomingMail.objects.count() == 2


def test_a_worker_that_comes_second_does_nothing(mailbox):
    row = incoming.keep(a_mail(), at=timezone.now(), mailbox=mailbox)
    second = IncomingMail.objects.get()
    incoming.take(row, at=timezone.now())
    incoming.take(second, at=timezone.now())
    assert (Entry.objects.count(), PendingFile.objects.count()) == (1, 0)


def test_a_job_that_gave_up_leaves_it_to_a_person(mailbox):
    row = incoming.keep(a_mail(), at=timezone.now(), mailbox=mailbox)
    tell_owner("tickets.take_mail", {"mail": row.pk, "as_person": False})
    row.refresh_from_db()
    assert row.status == "unreadable"


def test_before_there_is_a_department_mail_waits_for_a_person():
    row = take(a_mail(), None)
    assert row.status == "unreadable"
    make_department()
    incoming.try_again(row, at=timezone.now())
    incoming.take(row, at=timezone.now())
    assert row.status == "taken"


def test_a_closed_department_leaves_its_mail_to_another(mailbox):
    mailbox.department.is_active = False
    mailbox.department.save()
    other = make_department("Outro")
    take(a_mail(), mailbox)
    assert Ticket.objects.get().department == other


@pytest.mark.parametrize("name", ["In_Reply_To", "References"])
def test_an_answer_finds_its_order_by_the_id_of_our_mail(mailbox, name):
    ticket = make_ticket(email=ELIANE)
    ids = {"In_Reply_To": our_id(ticket), "References": f"<x@y.example> {our_id(ticket)}"}
    take(a_mail("Segue.", subject="Sem número", **{name: ids[name]}), mailbox)
    assert ticket.entries.count() == 2


def test_an_answer_to_a_colleagues_answer_finds_it_by_references_from_the_right(mailbox):
    other, ticket = make_ticket(email=ELIANE), make_ticket(email=ELIANE)
    references = f"{our_id(other)} {our_id(ticket)} <colega@outlook.example>"
    take(
        a_mail("Obrigada.", References=references, In_Reply_To="<colega@outlook.example>"), mailbox
    )
    assert (other.entries.count(), ticket.entries.count()) == (1, 2)


def test_the_token_counts_before_the_ids_and_the_number(mailbox):
    number, by_id, by_token = (make_ticket(email=ELIANE) for _ in range(3))
    take(
        a_mail(
            subject=f"Re: {number.number}", In_Reply_To=our_id(by_id), To=token_address(by_token)
        ),
        mailbox,
    )
    assert [t.entries.count() for t in (number, by_id, by_token)] == [1, 1, 2]


def test_an_answer_to_a_merged_order_stands_in_the_one_that_took_it_in(mailbox, cast):
    old, into = make_ticket(email=ELIANE), make_ticket(email=ELIANE)
    last = make_ticket(email=ELIANE)
    address = token_address(old)
    merging.merge([old], into, by=cast.atendente, at=timezone.now())
    merging.merge([into], last, by=cast.atendente, at=timezone.now())
    take(a_mail("Ainda isto.", To=address), mailbox)
    assert last.entries.filter(text__contains="Ainda isto").exists()


def test_of_an_order_closed_long_ago_the_proven_client_opens_the_next(mailbox, cast):
    ticket = make_ticket(email=ELIANE)
    life.close(ticket, by=cast.atendente, reason="Resolvida", at=timezone.now())
    Ticket.objects.update(closed_at=timezone.now() - timedelta(days=400))
    take(a_mail("De novo.", To=token_address(ticket)), mailbox)
    assert Ticket.objects.exclude(pk=ticket.pk).get().follows == ticket
    take(a_mail("Sou ela.", To=token_address(ticket), results=""), mailbox)
    stranger = Ticket.objects.latest("pk")
    assert (stranger.follows, stranger.possibly) == (None, ticket)
    assert ticket.entries.count() == 1


def test_who_is_in_copy_takes_part_from_the_first_mail_on_and_from_a_later_one(mailbox):
    copies = f"Bia <bia@exemplo.com.br>, {BOX}, os+abc@provedor.example, sem-dominio@local"
    take(a_mail(Cc=copies, Message_ID="<1@x.example>"), mailbox)
    ticket = Ticket.objects.get()
    people = ticket.participants.order_by("pk").values_list("email", flat=True)
    assert list(people) == [ELIANE, "bia@exemplo.com.br"]
    take(a_mail("E o Caio.", Cc="caio@exemplo.com.br", In_Reply_To="<1@x.example>"), mailbox)
    assert list(people.all())[2:] == ["caio@exemplo.com.br"]


def test_a_stranger_who_is_held_brings_nobody_in(mailbox):
    ticket = make_ticket(email=ELIANE)
    take(a_mail(results="", Cc="bia@exemplo.com.br", To=token_address(ticket)), mailbox)
    assert ticket.participants.count() == 1


def test_mail_makes_no_user_and_belongs_to_one_who_has_proven_the_address(mailbox, cast):
    before = User.objects.count()
    take(a_mail(sender=f"Ana <{cast.ana.email}>", Cc="bia@exemplo.com.br"), mailbox)
    assert User.objects.count() == before
    ticket = Ticket.objects.get()
    assert list(Ticket.objects.visible_to(cast.ana, at=timezone.now())) == [ticket]


def test_html_is_kept_whole_with_its_quote_told_apart(mailbox):
    mail = an_email(sender=ELIANE)
    mail.set_content(
        "<p>Segue a <b>placa</b>.</p><p>Em 03/11/2026 10:12, Suporte escreveu:</p>"
        "<blockquote>Qual é a placa?</blockquote><script>alert(1)</script>",
        subtype="html",
    )
    take(mail.as_bytes(), mailbox)
    entry = Entry.objects.get()
    assert "script" not in entry.html
    assert "Qual é a placa?" in entry.html
    assert entry.text[: entry.quoted_from].strip() == "Segue a placa."
    assert "Qual é a placa?" in entry.text[entry.quoted_from :]


def test_a_picture_inside_the_text_is_stored_once_in_an_order(mailbox):
    first = an_email(Message_ID="<1@x.example>")
    take(with_picture(first, '<p>Oi <img src="cid:logo@x"></p>', PNG, times=3), mailbox)
    again = an_email("Mais.", In_Reply_To="<1@x.example>", Message_ID="<2@x.example>")
    take(with_picture(again, '<p>Mais <img src="cid:logo@x"></p>', PNG), mailbox)
    assert Attachment.objects.get().inline
    assert not PendingFile.objects.exists()


def test_a_file_that_is_not_taken_is_named_and_the_mail_keeps_it(mailbox, monkeypatch):
    monkeypatch.setattr(mail_files, "LARGEST", 1000)
    mail = an_email("Seguem.\n\nEm 03/11/2026 10:12, Suporte escreveu:\n> Mande os arquivos.\n")
    for name, content in {
        "a.pdf": PDF,
        "v.exe": b"MZ" + bytes(9),
        "grande.bin": bytes(2000),
    }.items():
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    raw = mail.as_bytes()
    row = take(raw, mailbox)
    entry = Entry.objects.get()
    own = entry.text[: entry.quoted_from]
    assert list(entry.attachments.values_list("name", flat=True)) == ["a.pdf"]
    assert "v.exe" in own
    assert "grande.bin" in own
    assert "> Mande os arquivos." in entry.text[entry.quoted_from :]
    with open_file(row.file_key) as file:
        assert file.read() == raw


def test_what_was_left_out_as_automatic_is_taken_when_a_person_says_so(mailbox):
    row = take(a_mail("Digitalização.", Auto_Submitted="auto-generated"), mailbox)
    before = mails_out()
    incoming.try_again(row, at=timezone.now())
    job = Outbox.objects.filter(name="tickets.take_mail").latest("pk")
    incoming.take(row, at=timezone.now(), as_person=job.arguments["as_person"])
    assert Ticket.objects.get().entries.get().kind == "client"
    assert mails_out() == before  # a program gets no receipt


def test_what_waits_though_its_job_is_gone_is_taken_up_again(mailbox):
    at = timezone.now()
    row = incoming.keep(a_mail(), at=at - timedelta(hours=2), mailbox=mailbox)
    Outbox.objects.all().delete()
    assert incoming.wake_forgotten(before=at - timedelta(hours=1), at=at) == 1
    assert Outbox.objects.get().arguments == {"mail": row.pk}
