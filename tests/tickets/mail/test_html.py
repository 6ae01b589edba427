"""HTML of strangers is cleaned by our list, and read as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.mail.html import clean, content_ids, depth, lines, text_of


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("<script>alert(1)</script>Olá", "Olá"),
        ('<p style="position:fixed" class="x" id="y" onclick="z()">a</p>', "<p>a</p>"),
        ('<img src="https://rastreio.example/x.gif" alt="Logo &lt;b&gt;">', "Logo &lt;b&gt;"),
        ('<img src="https://rastreio.example/x.gif">', ""),
        ('<img src="data:image/png;base64,AAAA" alt="">', ""),
        ("<a href='javascript:x()'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<a href='/admin/'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<a href='//mau.example'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<a href='cid:x'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        (
            "<a href=' https://x.example/?a=1&b=2' target=_top>a</a>",
            '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">a</a>',
        ),
        ("<form action=x><input name=q><button>ok</button></form>", "ok"),
        ("<svg><a xlink:href=x></a></svg><iframe src=x></iframe><!-- x -->a", "a"),
        ("<td colspan=2>a<td colspan='x'>b", "ab"),
        ("<table><tr><td colspan=2>a<td rowspan=';'>b</table>",
         '<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>'),
        ("<head><title>t</title><style>p{}</style></head><body><p>a", "<p>a</p>"),
    ],
)  # fmt: skip
def test_what_is_left(raw, cleaned):
    assert clean(raw) == cleaned


def test_pictures_of_the_mail_get_our_addresses():
    raw = '<img src="CID:a%40x" width="10" height="1e9"><img src="cid:b@x" alt="b">'
    assert content_ids(clean(raw)) == {"a@x", "b@x"}
    assert (
        clean(clean(raw), {"a@x": "/os/1/anexo/2/"}.get) == '<img src="/os/1/anexo/2/" width="10">b'
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<ul><li>a</li><li>b &amp; c</li></ul>", "- a\n- b & c"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("x<blockquote>a<br>b<blockquote>c</blockquote></blockquote>", "x\n\n> a\n> b\n>\n> > c"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("  a \n  b&nbsp;c ", "a b c"),
        ('<img src="cid:x" alt="Logo"> a', "[Logo] a"),
        ("1 &lt; 2", "1 < 2"),
        ("", ""),
    ],
)
def test_text(raw, text):
    assert text_of(clean(raw)) == text


@given(st.text(alphabet="<>/&;\"'= abpdivtrimgsrchefx:#!-\n", max_size=80))
def test_cleaned_html_stays_as_it_is_and_is_wholly_read(raw):
    cleaned = clean(raw)
    assert clean(cleaned) == cleaned
    assert "".join(line.text for line in lines(cleaned)).split() or not text_of(cleaned).strip()
    assert depth(cleaned) >= 0
