"""Makes the pictures of the manuals again, from the pages of a running demonstration.

    script/server                                   # in one terminal
    .venv/bin/python script/help_pictures.py        # in another; then build the front end

Signs in as the demonstration's Carla and writes WebP files into static/src/help. Needs Chromium
(playwright), as the browser tests do.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

TARGET = Path(__file__).resolve().parent.parent / "static" / "src" / "help"
LOGIN, PASSWORD = "carla@demo.balcao.example", "Demonstra2026"
WIDTH, HEIGHT = 900, 620  # pixels
MOST, MOST_OF_LIST = 2400, 1290  # a form is shown as a whole; of a long list the first rows


def main(base: str = "http://127.0.0.1:8000", session: str = "", chromium: str = "") -> None:
    """``session``: the value of a session cookie, where signing in asks for more than a password."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium or None, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="pt-BR", color_scheme="light"
        )
        page = context.new_page()
        if session:
            name, _, value = session.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": base}])
        else:
            sign_in(page, base)
        take_all(page, base)
        browser.close()


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/entrar/")
    page.fill("input[name=login]", LOGIN)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/painel/")


def take_all(page: Page, base: str) -> None:
    page.goto(f"{base}/escritorios/")
    take(page, "escritorios")
    page.locator("main tbody a").first.click()
    take(page, "menu")
    office = page.url.removeprefix(base)
    page.goto(f"{base}{office}certificados/")
    take(page, "certificados", most=MOST_OF_LIST)
    for name, kind, sphere in (
        ("novo-login", "login", "state"),
        ("novo-certificado", "certificate", "federal"),
        ("novo-codigo", "code", "federal"),
    ):
        page.goto(f"{base}{office}certificados/novo/?kind={kind}&sphere={sphere}")
        take(page, name)
    page.goto(f"{base}{office}usuarios/")
    take(page, "usuarios")
    page.goto(f"{base}{office}usuarios/novo/")
    take(page, "novo-usuario")


def take(page: Page, name: str, *, most: int = MOST) -> None:
    """The main part of the page, without menus, as far as ``most``."""
    page.wait_for_load_state("networkidle")
    picture: Image.Image = Image.open(io.BytesIO(page.locator("main").first.screenshot()))
    picture = picture.crop((0, 0, picture.width, min(picture.height, most)))
    TARGET.mkdir(exist_ok=True)
    picture.convert("RGB").save(TARGET / f"{name}.webp", quality=80, method=6)
    print(f"{name}.webp", picture.size, (TARGET / f"{name}.webp").stat().st_size)


if __name__ == "__main__":
    main(*sys.argv[1:])
