"""Own text and quoted mail, as the usual mail programs write them; all texts are invented."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st

from tickets.mail import html, quotes
from tickets.mail.html import clean, text_of
from tickets.mail.quotes import Parts, split_html, split_text

OWN = "Segue o documento.\n\nObrigada"
GMAIL = (
    "\n\nEm seg., 3 de nov. de 2026 às 10:12, Suporte <os@balcao.example>\nescreveu:\n\n"
    "> Escreva sua resposta acima desta linha.\n>\n> Pode enviar o documento?\n"
)
GMAIL_EN = "\n\nOn Mon, Nov 3, 2026 at 10:12 AM Suporte <os@balcao.example> wrote:\n\n> Pode enviar?\n>> Oi\n"
GMAIL_ES = "\n\nEl lun, 3 nov 2026 a las 10:12, Suporte (<os@balcao.example>) escribió:\n\n> ¿Puede enviarlo?\n"
GMAIL_OLD = "\n\n2026-11-03 10:12 GMT-03:00 Suporte <os@balcao.example>:\n\n> Pode enviar?\n"
APPLE = "\n\nEnviado do meu iPhone\n\n> Em 3 de nov. de 2026, à(s) 10:12, Suporte <os@balcao.example> escreveu:\n> \n> Pode enviar?\n"
THUNDERBIRD = "\n\nEm 03/11/2026 10:12, Suporte escreveu:\n> Pode enviar?\n>\n"
OUTLOOK = (
    "\n\n________________________________\nDe: Suporte <os@balcao.example>\n"
    "Enviado: segunda-feira, 3 de novembro de 2026 10:12\nPara: Ana Souza <ana@cliente.example>\n"
    "Assunto: [O.S. 2026-0000001-0] Placa\n\nPode enviar o documento?\n"
)
OUTLOOK_OLD = (
    "\n\n-----Mensagem original-----\nDe: Suporte [mailto:os@balcao.example]\n"
    "Enviada em: segunda-feira, 3 de novembro de 2026 10:12\nPara: Ana\nAssunto: Placa\n\nPode enviar?\n"
)
OUTLOOK_MOBILE = "\n\nObter o Outlook para Android" + OUTLOOK
OUTLOOK_EN = (
    "\n\nFrom: Suporte <os@balcao.example>\nSent: Monday, November 3, 2026 10:12 AM\n"
    "To: Ana Souza <ana@cliente.example>\nSubject: Placa\n\nPode enviar?\n"
)
YAHOO = "\n\n   Em segunda-feira, 3 de novembro de 2026 10:12:00 BRT, Suporte <os@balcao.example> escreveu:  \n \n Pode enviar?\n"
HORDE = "\n\nCitando Suporte <os@balcao.example>:\n\n> Pode enviar?\n"
BARE = "\n\n> Pode enviar o documento?\n> Obrigado\n"
MARKED = "\n\nEscreva sua resposta acima desta linha.\nSuporte:\n\nPode enviar?\n"


@pytest.mark.parametrize(
    "tail",
    [GMAIL, GMAIL_EN, GMAIL_ES, GMAIL_OLD, THUNDERBIRD, OUTLOOK, OUTLOOK_OLD, OUTLOOK_EN, YAHOO,
     HORDE, BARE, MARKED, "\n\nMaria escreveu:\n> Pode enviar?\n"],
)  # fmt: skip
def test_an_answer_above_the_quote(tail):
    parts = split_text(OWN + tail)
    assert parts.own.strip() == OWN
    assert parts.own + parts.quoted == OWN + tail


@pytest.mark.parametrize("tail", [APPLE, OUTLOOK_MOBILE])
def test_what_a_telephone_adds_stays_with_the_own_text(tail):
    own = split_text(OWN + tail).own
    assert own.startswith(OWN)
    assert "Pode enviar" not in own


@pytest.mark.parametrize(
    "text",
    [
        GMAIL.strip() + "\n\nAbaixo vai a resposta",
        OWN + GMAIL + "\nE mais isto, abaixo",
        "Em 03/11/2026 10:12, Suporte escreveu:\n> Qual a placa?\nABC1D23\n> E o RENAVAM?\nNão sei\n> Obrigado\n",
        OWN + "\n\n> Qual a placa?\nABC1D23\n\n> E o RENAVAM?\n12345\n",
        BARE.strip(),
        OUTLOOK.strip(),
        "> Pode enviar?\nPosso",
    ],
)
def test_answers_below_or_between_the_quotes_fold_nothing(text):
    assert split_text(text) == Parts(text, "")


@pytest.mark.parametrize(
    "text",
    [
        "Boa tarde\n\n---------- Mensagem encaminhada ---------\nDe: Banco <b@b.example>\nData: x\nAssunto: y\n\nTexto",
        "Veja:\n\nInício da mensagem encaminhada:\n\n> De: Banco\n> Assunto: Boleto\n>\n> Texto\n",
        "Transferência\nDe: São Paulo\nPara: Rio de Janeiro\nData: amanhã\n",
        "O despachante escreveu:\nfalta a vistoria",
        "Maior que 5 > 3 e nada mais",
        "",
    ],
)
def test_what_is_no_quote_is_not_folded(text):
    assert split_text(text).quoted == ""


def test_an_older_header_inside_the_quotes_takes_the_whole_block():
    parts = split_text(OWN + "\n\n> Oi\n> Em 02/11/2026 10:12, Ana escreveu:\n>> Placa\n")
    assert parts.quoted.startswith("> Oi")


def test_the_line_above_which_to_answer_is_the_one_that_we_send():
    said = set()
    for language in ("pt-br", "en"):
        with translation.override(language):
            said.add(gettext("Write your answer above this line."))
    assert said <= {f"{marker}." for marker in quotes.MARKERS}


GMAIL_HTML = (
    '<div dir="ltr">Segue o documento.<div><br></div></div><br><div class="gmail_quote"><div>Em seg., 3 de nov. de '
    '2026 às 10:12, Suporte &lt;<a href="mailto:os@balcao.example">os@balcao.example</a>&gt; escreveu:<br></div>'
    "<blockquote><div>Pode enviar?</div></blockquote></div>"
)
OUTLOOK_HTML = (
    '<div class="WordSection1"><p>Segue o documento.</p><div><div style="border:none"><p><b>De:</b> Suporte<br>'
    "<b>Enviado:</b> segunda-feira<br><b>Para:</b> Ana<br><b>Assunto:</b> Placa</p></div></div><p>Pode enviar?</p></div>"
)
MOBILE_HTML = (
    "<div>Segue o documento.</div><hr><div><b>From:</b> Suporte<br><b>Sent:</b> Monday<br><b>Subject:</b> Placa"
    "</div><div>Pode enviar?</div>"
)
THUNDERBIRD_HTML = (
    '<p>Segue o documento.</p><div class="moz-cite-prefix">Em 03/11/2026 10:12, Suporte escreveu:<br></div>'
    '<blockquote type="cite"><p>Pode enviar?</p></blockquote>'
)


@pytest.mark.parametrize("raw", [GMAIL_HTML, OUTLOOK_HTML, MOBILE_HTML, THUNDERBIRD_HTML])
def test_html_is_cut_into_two_balanced_parts(raw):
    whole = clean(raw)
    parts = split_html(whole)
    assert text_of(parts.own).strip() == "Segue o documento."
    assert "Pode enviar?" in text_of(parts.quoted)
    assert clean(parts.own) == parts.own
    assert clean(parts.quoted) == parts.quoted


def test_html_with_an_answer_below_is_not_cut():
    whole = clean(GMAIL_HTML + "<p>E mais isto</p>")
    assert split_html(whole) == Parts(whole, "")


TAGS = ("p", "div", "blockquote", "b", "table", "td", "ul", "li", "pre")
PIECES = st.one_of(
    st.sampled_from([f"<{slash}{tag}>" for tag in TAGS for slash in ("", "/")] + ["<br>", "<hr>"]),
    st.sampled_from(
        ["palavra ", "Em 03/11/2026 10:12, Ana escreveu:", "> citada", "De: Ana", "Assunto: x", "Para: y", "\n",
         "Escreva sua resposta acima desta linha"]
    ),
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_word_of_html_is_lost(raw):
    whole = clean(raw)
    parts = split_html(whole)
    assert _words(parts.own) + _words(parts.quoted) == _words(whole)


def _words(cleaned):
    return re.sub(r"<[^>]*>", " ", cleaned).split()


@given(st.lists(st.one_of(PIECES, st.just("\n")), max_size=30).map("".join))
def test_no_character_of_a_text_is_lost(text):
    parts = split_text(text)
    assert parts.own + parts.quoted == text
    assert parts.own.strip() or not parts.quoted


def test_the_depth_of_html_is_that_of_its_tags():
    assert html.depth(clean("<div>" * 30 + "<br>")) == 30
