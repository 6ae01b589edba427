"""Texts found by their words: alike on both databases, whatever is typed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, models
from hypothesis import example, given
from hypothesis import strategies as st

from portal.search.fold import words
from portal.search.index import install_sql, remove_sql, words_table
from portal.search.models import BEGINNING, MOST_CHARACTERS, SearchText, body_of
from portal.ui.pages import keyset_page

pytestmark = [pytest.mark.both, pytest.mark.django_db]
START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Page(SearchText):
    """Some desk's texts, of some company."""

    thing = models.IntegerField(unique=True)
    company = models.IntegerField(default=1)

    class Meta(SearchText.Meta):
        app_label = "some_desk"  # not installed: its table is of this module alone
        db_table = "some_page"


@pytest.fixture(autouse=True)
def table(db: None) -> Iterator[None]:
    """Its table and index, as a migration makes them; gone with the test's transaction."""
    postgres = connection.vendor == "postgresql"
    key = "bigserial PRIMARY KEY" if postgres else "integer PRIMARY KEY AUTOINCREMENT"
    at = "timestamptz" if postgres else "datetime"
    run(
        f"CREATE TABLE some_page (id {key}, at {at} NOT NULL, body text NOT NULL, "
        "thing integer NOT NULL UNIQUE, company integer NOT NULL)",
        *install_sql(connection.vendor, "some_page"),
    )
    yield
    run(*remove_sql(connection.vendor, "some_page"), "DROP TABLE some_page")


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def write(*texts: str, company: int = 1) -> None:
    """Each a minute newer than the one before."""
    for number, text in enumerate(texts, Page.objects.count()):
        at = START + timedelta(minutes=number)
        Page.write(text, at=at, thing=number).save()
        Page.objects.filter(thing=number).update(company=company)


def found(query: str) -> list[int]:
    return [page.thing for page in Page.objects.matching(query)]


def test_a_text_is_found_by_all_words_in_any_form_the_newest_first():
    write(
        "Solicitação de certidões negativas", "Licenças e multas do veículo",
        "Certidão e solicitações fiscais",
    )  # fmt: skip
    assert found("solicitações certidao") == [2, 0]
    assert found("VEICULOS multa") == [1]
    assert found("certidão veículo") == []
    run("UPDATE some_page SET at = '2026-12-01 00:00:00+00:00' WHERE thing = 0")
    assert found("certidão solicitação") == [0, 2]


def test_of_the_last_word_the_beginning_is_enough_from_the_third_letter_on():
    write("IPVA, primeiro emplacamento", "emplacar ipva", "papel")
    assert found("ipva emplac") == [1, 0]
    assert found("emplac ipva") == []
    assert found("primeiro emp") == [0]
    assert found("emp"[: BEGINNING - 1]) == []


@pytest.mark.parametrize(
    "query",
    [
        "a AND", '"x', "nota:1", "-", "NEAR(", "NOT", "a OR", "* ^", "'", "''", "\\", "!&|", ":*",
        "(", "body: x", "{body}", "a\0b", "\0", "ß ſ ﬁ", "日本", "<->", "%s %",
    ],
)  # fmt: skip
def test_whatever_is_typed_is_words(query: str):
    write("a nota 1 de x and near or not body b", "ß ſ ﬁ 日本 s")
    everything = found(query)
    assert found(query.upper()) == everything
    assert not words(query) or everything or len(words(query)) == 1


def test_a_query_without_a_word_finds_nothing():
    write("a", "b")
    assert found("") == found(" - ") == found("\0") == []


def test_a_very_long_query_is_cut_and_a_very_long_text_is_kept():
    write(" ".join(f"palavra{n}" for n in range(50_000)), "x" * 3_000_000)
    assert found(" ".join(f"palavra{n}" for n in range(10_000))) == [0]
    assert found("x" * 100_000) == [1]
    assert len(Page.objects.get(thing=0).body) == MOST_CHARACTERS
    assert body_of(["um dois", "Um três"]) == "um dois tres"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
@example("1e5 0x1f 00123 1a 2º 3.4e-5")
@example("a/b.c-d@e.br www.x.br http://y.br/?q=1 &amp; <b>")
@example("Łódź ελλάδα Ω İ ı æ ø đ 日本語 ٣")
def test_every_text_is_found_by_each_of_its_words(text: str):
    Page.objects.all().delete()
    Page.write(text, at=START, thing=1)
    for word in words(text):
        assert found(word) == [1], word
    assert found(" ".join(words(text))) == ([1] if words(text) else [])


def test_words_follow_a_change_and_go_with_their_row():
    write("antigo", "outro")
    Page.write("novo", "texto", at=START, thing=0)
    assert found("antigo") == []
    assert found("novo texto") == [0]
    Page.objects.filter(thing=0).delete()
    assert found("novo") == []
    write("", "depois")
    assert Page.objects.count() == 2
    if connection.vendor == "sqlite":  # raises where the index and the table differ
        name = words_table("some_page")
        run(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")


def test_a_scope_narrows_and_pages_go_by_key():
    write(*["multa"] * 5)
    write(*["multa"] * 5, company=2)
    mine = Page.objects.matching("multas").filter(company=1)
    first = keyset_page(mine, order=("-at", "-pk"), cursor="", size=3)
    rest = keyset_page(mine, order=("-at", "-pk"), cursor=first.next, size=3)
    assert [page.thing for page in first.rows + rest.rows] == [4, 3, 2, 1, 0]
    assert rest.next == ""


def test_the_index_takes_in_what_was_there_before_it():
    write("emplacamento")
    run(*remove_sql(connection.vendor, "some_page"))
    Page.objects.filter(thing=0).update(body=body_of(["licença"]))
    run(*install_sql(connection.vendor, "some_page"))
    assert found("licenças") == [0]
    assert found("emplacamento") == []


def test_the_index_serves_the_search():
    if connection.vendor == "postgresql":
        run("SET LOCAL enable_seqscan = off")
    plan = Page.objects.filter(body__found="ipva").explain()
    assert re.search("some_page_words|VIRTUAL TABLE INDEX", plan)
