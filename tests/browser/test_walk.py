"""Chromium follows every link that each role can reach and looks at each kind of page.

Pages are told apart by the name of their address, so a page that is new in the portal is walked
without being listed here. Each is checked at 1280, 360 and 320 px, light and dark: no axe
violation (WCAG 2.2 AA), no console or CSP error, no sideways scrolling; and each is loaded within
the byte budget.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, Response

from tests.browser.conftest import Portal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
AXE = (
    (ROOT / "node_modules/axe-core/axe.min.js").read_text()
    if (ROOT / "node_modules/axe-core").exists()
    else ""
)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = [1280, 360, 320]
FIRST_VIEW_BYTES = 80_000
FIRST_VIEW_REQUESTS = 8
REPEAT_VIEW_BYTES = 12_000
ROLES = ["stranger", "ana", "carla", "faturista", "atendente", "agente", "admin"]
# Addresses that are not pages: files, other media types, the end of the session.
NOT_PAGES = {
    "site:accent", "site:logo", "site:robots", "site:security_txt", "site:health", "account_logout",
}  # fmt: skip


def name_of(path: str) -> str:
    """The name of the page at this path; of the admin's pages, one for each kind of model page."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return match.view_name or match.route


def links_of(page: Page, portal: Portal) -> list[str]:
    """Same-site addresses on the page, in order, without fragments."""
    found = page.eval_on_selector_all(
        "a[href], iframe[src]", "els => els.map(e => e.href || e.src)"
    )
    same_site = [urlsplit(link) for link in found if link.startswith(portal.url)]
    return [link.path + (f"?{link.query}" if link.query else "") for link in same_site]


def violations(page: Page) -> list[str]:
    """Axe's findings, one line each, with the first place."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        TAGS,
    )
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]} ({len(v['nodes'])})"
        for v in result["violations"]
    ]


def look(page: Page, where: str) -> list[str]:
    """What is wrong with the page that is open, at each width, light and dark."""
    problems = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        overflow = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            problems.append(f"{where} at {width}px: {overflow}px too wide")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            problems += [f"{where} at {width}px {scheme}: {v}" for v in violations(page)]
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    return problems


def is_page(response: Response | None) -> bool:
    return bool(response) and "text/html" in (response.header_value("content-type") or "")  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_a_role_reaches_is_accessible_narrow_and_quiet(
    role: str, portal: Portal, chromium: Browser
):
    assert AXE, "axe-core is not installed: npm ci"
    context = chromium.new_context(base_url=portal.url, locale="pt-BR", reduced_motion="reduce")
    if role != "stranger":
        context.add_cookies(
            [{"name": "sessao", "value": portal.session_of(role), "url": portal.url}]
        )
    page = context.new_page()
    noise: list[str] = []
    page.on("console", lambda m: noise.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda e: noise.append(str(e)))
    start = "/" if role == "stranger" else "/painel/"
    queue, seen_names, seen_paths = [start, "/mapa-do-site/", "/nao-existe/"], set(), set()
    problems: list[str] = []
    if role in {"faturista", "admin"}:
        queue.append("/admin/")
    while queue:
        path = queue.pop(0)
        name = name_of(urlsplit(path).path)
        if path in seen_paths or name in seen_names or name in NOT_PAGES:
            continue
        seen_paths.add(path)
        seen_names.add(name)
        noise.clear()
        try:
            response = page.goto(path, wait_until="load")
        except Exception as error:  # noqa: BLE001 - a download ends the navigation; anything else is told
            if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
                problems.append(f"{path}: {error}")
            continue
        if not is_page(response):
            continue
        assert response is not None
        if response.status >= 500 or (response.status >= 400 and path != "/nao-existe/"):
            problems.append(f"{path}: answers {response.status}")
        noise[:] = [n for n in noise if "404 (Not Found)" not in n or path != "/nao-existe/"]
        problems += [f"{path}: console: {n}" for n in noise]
        problems += look(page, f"{name} ({path})")
        if os.environ.get("WALK_SHOTS"):
            shoot(page, Path(os.environ["WALK_SHOTS"]), f"{role}-{name}")
        queue += [link for link in links_of(page, portal) if link not in seen_paths]
    context.close()
    assert len(seen_names) > (5 if role == "stranger" else 10)
    assert not problems, f"{len(problems)} problems\n" + "\n".join(problems)


def shoot(page: Page, folder: Path, name: str) -> None:
    """Pictures for people to look at (WALK_SHOTS=folder)."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        file = folder / f"{name.replace(':', '_').replace('/', '_')}-{width}.png"
        page.screenshot(path=file, full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize(
    ("role", "path"),
    [("stranger", "/"), ("stranger", "/entrar/"), ("ana", "/painel/"), ("ana", "/faturas/")],
)
def test_a_first_view_and_a_repeated_one_stay_within_the_byte_budget(
    role: str, path: str, portal: Portal, chromium: Browser
):
    context = chromium.new_context(base_url=portal.url, locale="pt-BR")
    if role != "stranger":
        context.add_cookies(
            [{"name": "sessao", "value": portal.session_of(role), "url": portal.url}]
        )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    inline: set[str] = set()  # data: addresses travel with their page
    session.on(
        "Network.requestWillBeSent",
        lambda e: inline.add(e["requestId"]) if e["request"]["url"].startswith("data:") else None,
    )
    session.on(
        "Network.loadingFinished",
        lambda e: None if e["requestId"] in inline else sizes.append(e["encodedDataLength"]),
    )
    page.goto(path, wait_until="networkidle")
    first, requests = sum(sizes), len(sizes)
    sizes.clear()
    page.goto(path, wait_until="networkidle")
    repeat = sum(sizes)
    context.close()
    assert first <= FIRST_VIEW_BYTES
    assert requests <= FIRST_VIEW_REQUESTS
    assert repeat <= REPEAT_VIEW_BYTES
