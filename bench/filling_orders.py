"""Certificate orders by the million, as ``filling`` makes documents."""

from typing import Any

from filling import QUICK, insert, note, without_indexes

# One in so many is unfinished, or has money that waits: pages are as full with few as with many.
UNFINISHED_OF, MONEY_OF = 5, 250
OF_A_PERSON = 5
OWN = 40  # Ana's
TABLES = ("orders_order", "accounts_user")
WAITING = (
    "incomplete", "payment", "authorization", "review", "appointment", "validation", "documents",
    "verification", "approved", "issuing",
)  # fmt: skip
ENDED = (
    "delivered",
    "delivered",
    "expired",
    "expired",
    "cancelled",
    "issued",
    "refused",
    "revoked",
)


def is_filled() -> bool:
    from orders.models import Order

    return bool(Order.objects.exists())


def fill(count: int) -> None:
    """So many orders of a fifth as many people; ``OWN`` are Ana's, ten of them by her company."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in QUICK:
            cursor.execute(statement)
        with without_indexes(cursor, TABLES):
            first = _people(cursor, count // OF_A_PERSON)
            _orders(cursor, count, first)
            note(f"{count} orders")
        note("indexes and keys")
        cursor.execute("VACUUM (ANALYZE)")
        note("vacuumed")
        cursor.execute("RESET ALL")


def _people(cursor: Any, others: int) -> int:
    """The key of the first of the others."""
    from portal.accounts.models import Company, Grant, User
    from tests.factories.numbers import a_cnpj, a_cpf
    from tests.factories.orders import make_product

    User.objects.create_superuser("x", name="Alice Admin", email="admin@bench.example")
    ana = User.objects.create_user("x", name="Ana Souza", email="ana@bench.example", cpf=a_cpf())
    company = Company.objects.create(name="Secretaria A", tax_id=a_cnpj())
    Grant.objects.create(user=ana, company=company, level=Grant.Level.ADMINISTER)
    for i in range(20):
        make_product(f"e-CPF A3 de {i} anos")
    first = User.objects.latest("pk").pk + 1
    insert(cursor, User, others, {
        "id": f"{first} + i - 1", "name": "'Pessoa ' || i || ' da Silva'",
        "email": "'pessoa' || i || '@bench.example'", "cpf": "lpad(i::text, 11, '0')",
        "password": "'!'", "date_joined": "now()",
    })  # fmt: skip
    return first


def _orders(cursor: Any, count: int, first: int) -> None:
    """Over ten years, the newest last."""
    from orders.models import Order, Product
    from portal.accounts.models import Company, User

    ana, company = User.objects.get(email="ana@bench.example"), Company.objects.get()
    products = [*Product.objects.order_by("pk").values_list("pk", flat=True)]
    people = count // OF_A_PERSON
    requested = f"now() - ({count} - i + 1) * interval '10 years' / {count}"
    own = f"i % {count // OWN} = 0"
    state = (
        f"CASE WHEN i % {UNFINISHED_OF} = 0 "
        f"THEN (ARRAY{[*WAITING]})[1 + i / {UNFINISHED_OF} % {len(WAITING)}] "
        f"ELSE (ARRAY{[*ENDED]})[1 + i % {len(ENDED)}] END"
    )
    insert(cursor, Order, count, {
        "id": "i", "number": "2000000 + i", "status": state, "status_since": requested,
        "customer_type": "(ARRAY['person','person','company','public'])[1 + i / 3 % 4]",
        "product_id": f"(ARRAY{products})[1 + i % {len(products)}]",
        "product_name": f"'e-CPF A3 de ' || i % {len(products)} || ' anos'", "price_cents": "15000",
        "requested_at": requested, "issued_on": f"({requested})::date",
        "valid_until": f"({requested})::date + 1095", "holder_name": "'Pessoa ' || left(md5(i::text), 12)",
        "holder_cpf": f"lpad((i % {people} + 1)::text, 11, '0')",
        "holder_email": f"'pessoa' || i % {people} + 1 || '@bench.example'",
        "holder_id": f"CASE WHEN {own} THEN {ana.pk} ELSE {first} + i % {people} END",
        "company_id": f"CASE WHEN {own} AND i / {count // OWN} % 4 = 0 THEN {company.pk} END",
        "money_waits": f"i % {MONEY_OF} = 4",
    })  # fmt: skip
