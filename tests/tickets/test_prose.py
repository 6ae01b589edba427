"""What is typed into the editor: cleaned, as text, as HTML."""

import pytest

from tickets.forms.clients import MessageForm
from tickets.services import prose


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a <b>b</b></p><p>c<br>d</p>", "a b\n\nc\nd"),
        ("<div>um</div><div>dois</div>", "um\ndois"),
        ("<ul><li>um</li><li>dois</li></ul><blockquote><p>já</p></blockquote>", "- um\n- dois\n\n> já"),
        ('<p>Veja <a href="https://x.br/?a=1&amp;b=2">aqui</a>.</p>', "Veja aqui (https://x.br/?a=1&b=2)."),
        ('<a href="mailto:ana@x.br">ana@x.br</a>', "ana@x.br"),
        ("<p>1 &lt; 2 &amp;&nbsp;3</p>", "1 < 2 & 3"),
    ],
)  # fmt: skip
def test_a_page_reads_the_same_as_text(html, text):
    assert prose.as_text(html) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", "<style>p{background:url(//evil)}</style>",
        '<p style="background:url(//evil)" onclick="alert(1)" class="entry-note" id="conteudo">x</p>',
        '<a href="javascript:alert(1)">x</a>', '<a href=" java&#9;script:alert(1)">x</a>',
        '<a href="data:text/html,evil">x</a>', '<img src="https://evil.example/x.png" onerror="alert(1)">',
        '<img src="data:image/svg+xml,evil"><svg onload="alert(1)"></svg>', "<iframe src=//evil></iframe>",
        '<form action="//evil"><input name="password"></form>', "<math><mtext><style><img onerror=alert(1)>",
        "<!-- evil -->", "<p>a\0<scr\0ipt>alert(1)</script></p>",
    ],
)  # fmt: skip
def test_nothing_of_what_could_run_or_tell_is_kept(hostile):
    page = prose.cleaned(hostile)
    refused = (
        "script", "style", "onclick", "onerror", "onload", "evil", "<img", "<form", "<iframe", "\0",
        "class=", "id=",
    )  # fmt: skip
    assert [word for word in refused if word in page.replace("alert(1)", "")] == []


def test_links_tell_nobody_where_they_were_found():
    page = prose.cleaned('<a href="https://x.br" target="_blank" rel="opener">x</a>')
    assert page == '<a href="https://x.br" rel="noopener noreferrer nofollow">x</a>'


def test_a_picture_leaves_its_words():
    assert prose.cleaned('<p><img src="cid:a" alt="Foto &lt;1&gt;"></p>') == "<p>Foto &lt;1&gt;</p>"


@pytest.mark.parametrize(
    "heavy", ["<b>" * 60_000 + "fim", "<div>" * 2_500 + "fim", "<p>olá</p>" * 100_000 + "fim"]
)
def test_what_is_long_or_deep_is_kept_as_well_as_it_can_be(heavy):
    page = prose.cleaned(heavy)
    assert "fim" in page
    assert len(page) <= len(heavy) + 10


@pytest.mark.parametrize(
    "blank",
    ["<p><br></p>", "<p>&nbsp;</p><p>\u200b</p>", "<ul><li></li></ul>", "<script>x</script>"],
)
def test_a_page_that_says_nothing_is_empty_and_the_text_counts(blank):
    assert prose.said_in(" Só o texto\r\naqui ", blank) == ("Só o texto\naqui", "")
    assert not MessageForm({"message": "", "html": blank}).is_valid()


def test_the_editor_s_page_counts_and_gives_the_text():
    assert prose.said_in("antigo", "<p>Olá <b>Ana</b></p>") == ("Olá Ana", "<p>Olá <b>Ana</b></p>")


def test_text_becomes_paragraphs_and_is_escaped():
    assert prose.as_html("a <b>\n\nc\0") == "<p>a &lt;b&gt;</p>\n\n<p>c</p>"


def test_what_was_typed_survives_a_refused_form_formatted_and_plain():
    form = MessageForm({"message": "", "html": '<p>Olá <b>Ana</b><img src="//evil"></p>'})
    assert not form.is_valid()
    rendered = str(form)
    assert 'data-html="&lt;p&gt;Olá &lt;b&gt;Ana&lt;/b&gt;&lt;/p&gt;"' in rendered
    assert 'name="html" value' not in rendered  # without scripts the textarea alone is sent


def test_a_draft_is_offered_as_text_where_no_script_runs():
    assert ">Olá Ana</textarea>" in str(
        MessageForm(initial={"html": "<p>Olá <b>Ana</b></p>"})
    ).replace("\n", "")
