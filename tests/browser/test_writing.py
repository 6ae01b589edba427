"""A client writes with the editor: bold by keyboard, hostile HTML pasted, sent, and seen."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import FIRST_VIEW_BYTES, enter

pytestmark = pytest.mark.browser

ORDER = """
from portal.accounts.models import User
from tests.factories.tickets import make_ticket
ana = User.objects.get(email="ana@demo.balcao.example")
print(make_ticket(user=ana, email=ana.email, name=ana.name).get_absolute_url())
"""
HOSTILE = """<!--x--><style>p{color:red}</style><p style="color:red" onclick="alert(1)">Colado
<img src="https://evil.example/x.png" onerror="alert(1)"><a href="javascript:alert(1)">clique</a>
<a href="https://bom.example/">bom</a></p><script>alert(1)</script><div>um</div><div>dois</div>
<svg onload="alert(1)"></svg><iframe src="//evil.example"></iframe>"""
PASTE = """html => {
    const data = new DataTransfer();
    data.setData("text/html", html);
    document.querySelector("[data-page]").dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""

DROP = """name => {
    const data = new DataTransfer();
    data.items.add(new File(["arrastado"], name, {type: "text/plain"}));
    const page = document.querySelector("[data-page]");
    for (const type of ["dragover", "drop"]) page.dispatchEvent(
        new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_what_is_written_and_pasted_arrives_clean(portal: Portal, chromium: Browser):
    path = portal.shell(ORDER).strip().splitlines()[-1]
    context = enter(chromium, portal, "ana")
    page = context.new_page()
    noise: list[str] = []
    asked: list[str] = []
    page.on("console", lambda m: noise.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda e: noise.append(str(e)))
    page.on("request", lambda r: asked.append(r.url))
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.goto(path, wait_until="networkidle")
    assert sum(sizes) <= FIRST_VIEW_BYTES

    text = page.locator("[data-page]").first
    expect(text).to_have_role("textbox")
    text.click()
    page.keyboard.type("Com ")
    page.keyboard.press("Control+b")
    page.keyboard.type("negrito")
    page.keyboard.press("Control+b")
    page.keyboard.press("Tab")  # leaves the text, as it leaves every field
    expect(text).not_to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(text).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("[data-do=bold]").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-do=italic]").first).to_be_focused()

    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.evaluate(PASTE, HOSTILE)
    expect(text).to_contain_text("dois")
    page.set_input_files(
        "input[type=file]", {"name": "nota.txt", "mimeType": "text/plain", "buffer": b"x" * 132_900}
    )
    expect(page.locator("[data-files-list]")).to_contain_text("129,8 KB")
    page.evaluate(DROP, "arrastado.txt")  # onto the text: beside the one that was chosen
    expect(page.locator("[data-files-list] li")).to_have_count(2)
    expect(text).not_to_contain_text("arrastado")
    page.locator("form:has([data-composer]) .btn-primary").click()

    last = page.locator(".entry").last
    expect(last.locator("b")).to_have_text("negrito")
    expect(last).to_contain_text("nota.txt")
    expect(last).to_contain_text("arrastado.txt")
    body = last.locator(".entry-body").first.inner_html()
    for word in ("evil", "onclick", "onerror", "style", "javascript", "<script", "<img", "<svg"):
        assert word not in body
    assert 'href="https://bom.example/"' in body
    assert noise == []
    assert [url for url in asked if "evil" in url] == []
    context.close()
