"""Service orders by the million, as ``filling`` makes documents.

A tenth of the entries' texts is searched at most: ``TEXTS`` of the newest have words.
"""

from typing import Any

from filling import QUICK, insert, note, without_indexes

ENTRIES = 5  # of an order
UNFINISHED_OF = 20  # one in so many is unfinished
TEXTS = 300_000
DEPARTMENTS, TOPICS, AGENTS = 10, 30, 20
OF_A_CLIENT = 10
OWN = 40  # Ana's
WORDS, VOCABULARY = 50, 30_000
COMMON = ("emplacamento", "veiculo", "emplacar", "solicitacao")
TABLES = ("tickets_ticket", "tickets_participant", "tickets_entry", "tickets_entrytext")


def fill_tickets(count: int) -> None:
    """So many orders, with departments, topics, agents, who takes part, entries and words.

    ``agente@bench.example`` answers for two of ten departments, ``admin@`` for all; ``ana@`` takes
    part in ``OWN`` orders.
    """
    from django.db import connection

    _people()
    with connection.cursor() as cursor:
        for statement in QUICK:
            cursor.execute(statement)
        with without_indexes(cursor, TABLES):
            _tickets(cursor, count)
            note(f"{count} orders")
            _participants(cursor, count)
            _entries(cursor, count)
            note(f"{count * ENTRIES} entries")
            _words(cursor, min(TEXTS, count * ENTRIES))
            note("words")
        note("indexes and keys")
        cursor.execute("VACUUM (ANALYZE)")
        note("vacuumed")
        cursor.execute("RESET ALL")


def _people() -> None:
    from django.contrib.auth.models import Permission
    from django.utils import timezone

    from portal.accounts.models import User
    from tests.factories.tickets import make_department, make_topic
    from tickets.models import Member

    User.objects.create_user(
        "x", name="Ana Souza", email="ana@bench.example", email_proof="link",
        email_proven_at=timezone.now(),
    )  # fmt: skip
    User.objects.create_superuser("x", name="Alice Admin", email="admin@bench.example")
    permissions = Permission.objects.filter(
        content_type__app_label="tickets", codename__in=["view_ticket", "change_ticket"]
    )
    agents = []
    for i in range(AGENTS):
        name = "agente" if i == 0 else f"agente{i}"
        agent = User.objects.create_user(
            "x", name=f"Agente {i}", email=f"{name}@bench.example", is_staff=True
        )
        agent.user_permissions.set(permissions)
        agents.append(agent)
    for i in range(DEPARTMENTS):
        department = make_department(f"Departamento {i}")
        for agent in (agents[2 * i % AGENTS], agents[(2 * i + 1) % AGENTS]):
            Member.objects.create(department=department, user=agent)
        for j in range(TOPICS // DEPARTMENTS):
            make_topic(department, name=f"Assunto {i}.{j}")
    Member.objects.create(department=make_department("Departamento 1"), user=agents[0])


def _tickets(cursor: Any, count: int) -> None:
    """Over three years, the newest last."""
    from portal.accounts.models import User
    from tickets.models import Department, Ticket, Topic

    departments = [*Department.objects.order_by("pk").values_list("pk", flat=True)]
    topics = [*Topic.objects.order_by("department_id", "pk").values_list("pk", flat=True)]
    agents = [
        *User.objects.filter(is_staff=True, is_superuser=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    ]
    each = TOPICS // DEPARTMENTS
    created = f"now() - ({count} - i + 1) * interval '3 years' / {count}"
    unfinished = f"i % {UNFINISHED_OF} = 0"
    step = f"(i / {UNFINISHED_OF})"
    insert(cursor, Ticket, count, {
        "id": "i", "number": _number(), "counter": "i",
        "status": f"CASE WHEN {unfinished} THEN "
        f"(ARRAY['new','open','waiting_agent','waiting_client'])[1 + {step} % 4] "
        "WHEN i % 100 = 1 THEN 'resolved' ELSE 'closed' END",
        "department_id": f"(ARRAY{departments})[1 + i / 7 % {DEPARTMENTS}]",
        "topic_id": f"(ARRAY{topics})[1 + i / 7 % {DEPARTMENTS} * {each} + i % {each}]",
        "priority": "(ARRAY['1-low','2-normal','2-normal','3-high'])[1 + i % 4]",
        "source": "(ARRAY['web','phone','mail'])[1 + i % 3]",
        "subject": "'IPVA - 1° Emplacamento do veículo ' || i",
        "name": "'Pessoa ' || i % 100000", "email": _email(count),
        "created_at": created, "last_activity": f"{created} + i % 97 * interval '10 minutes'",
        "last_client_at": created,
        "first_answer_at": f"CASE WHEN {unfinished} AND {step} % 4 = 0 THEN NULL "
        f"ELSE {created} + interval '1 hour' END",
        "resolved_at": f"CASE WHEN {unfinished} THEN NULL ELSE {created} + interval '3 hours' END",
        "closed_at": f"CASE WHEN {unfinished} OR i % 100 = 1 THEN NULL "
        f"ELSE {created} + interval '7 days' END",
        "needs_answer": f"{unfinished} AND {step} % 4 <> 3", "entry_count": f"{ENTRIES}",
        "assigned_to_id": f"CASE WHEN {step} % 3 = 0 THEN NULL "
        f"ELSE (ARRAY{agents})[1 + {step} % {AGENTS}] END",
        "sla_running_since": f"CASE WHEN {unfinished} AND {step} % 4 <> 3 THEN {created} END",
        "due_first": f"{created} + interval '8 hours'",
        "due_resolve": f"{created} + {step} % 2000 * interval '1 day'",
        "rating": f"CASE WHEN NOT {unfinished} AND i % 7 = 0 THEN 1 + i % 5 END",
        "rated_at": f"CASE WHEN NOT {unfinished} AND i % 7 = 0 THEN {created} + interval '8 days' END",
    })  # fmt: skip


def _number() -> str:
    """The number of order ``i``, with its check digit: see ``tickets.services.numbers``."""
    digits = "'2026' || lpad(i::text, 7, '0')"
    total = f"(SELECT sum(substr({digits}, 11 - k, 1)::int * (2 + k % 8)) FROM generate_series(0, 10) k)"
    rest = f"11 - {total} % 11"
    return f"'2026-' || lpad(i::text, 7, '0') || '-' || CASE WHEN {rest} > 9 THEN 0 ELSE {rest} END"


def _email(count: int) -> str:
    """Who opened order ``i``."""
    return (
        f"CASE WHEN i % {count // OWN} = 0 THEN 'ana@bench.example' "
        f"ELSE 'cliente' || i % {max(1, count // OF_A_CLIENT)} || '@bench.example' END"
    )


def _participants(cursor: Any, count: int) -> None:
    from tickets.models import Participant

    insert(cursor, Participant, count, {
        "id": "i", "ticket_id": "i", "email": _email(count), "name": "'Pessoa ' || i",
        "added_at": "now()",
    })  # fmt: skip


def _entries(cursor: Any, count: int) -> None:
    from tickets.models import Entry

    insert(cursor, Entry, count * ENTRIES, {
        "id": "i", "ticket_id": f"(i - 1) / {ENTRIES} + 1", "participant_id": f"(i - 1) / {ENTRIES} + 1",
        "kind": "(ARRAY['client','auto','agent','note','client'])[1 + (i - 1) % 5]",
        "at": f"now() - ({count * ENTRIES} - i + 1) * interval '3 years' / {count * ENTRIES}",
        "author": "'Pessoa ' || i", "source": "'web'", "key": "'bench:' || i",
        "text": "'Solicito o lançamento do IPVA do veículo ' || md5(i::text)",
        "message_id": "'os.' || i || '@bench.example'",
    })  # fmt: skip


def _words(cursor: Any, texts: int) -> None:
    """Of the newest entries: words that are rare, and four that each stand in half of the texts."""
    from tickets.models import Entry, EntryText

    last = Entry.objects.latest("pk").pk
    rare = (
        f"(SELECT string_agg('p' || abs(hashint8(e.id * {WORDS} + k)) % {VOCABULARY}, ' ') "
        f"FROM generate_series(1, {WORDS}) k)"
    )
    common = " || ".join(
        f"CASE WHEN abs(hashint8(e.id * 31 + {n})) % 2 = 0 THEN ' {word}' ELSE '' END"
        for n, word in enumerate(COMMON)
    )
    insert(cursor, EntryText, 0, {
        "entry_id": "e.id", "ticket_id": "e.ticket_id", "at": "e.at", "is_note": "e.kind = 'note'",
        "body": f"{rare} || ' raro' || e.id / 3 || {common}",
    }, f"tickets_entry e WHERE e.id > {last - texts}")  # fmt: skip
