"""What a person and an operator meet on the machine of docs/deploy.md."""

import hashlib
import http.client
import json
import re
import ssl
import subprocess
import time
from pathlib import Path

HOST = "portal.example.com.br"
PATIENCE_SECONDS = 300
WORLD = """
import json
from datetime import timedelta
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from portal.outbox.services import enqueue_mail
from tests.factories import make_cast, make_document
cast = make_cast()
document = make_document(cast.unit_a1)
enqueue_mail(to="ana@exemplo.com.br", template="email_changed", key="guide",
             context={"name": "Ana", "at": timezone.now()})
ana = Client()
ana.force_login(cast.ana)
print(json.dumps({
    "cookie": ana.cookies.output(header="", attrs=[]).strip(),
    "save": reverse("invoices:save", args=[document.pk]), "sha256": document.sha256,
}))
"""


def ask(path: str, cookie: str = "") -> tuple[int, bytes]:
    """What nginx answers by https, as to a browser."""
    context = ssl._create_unverified_context()
    line = http.client.HTTPSConnection("127.0.0.1", context=context, timeout=60)
    line.request("GET", path, headers={"Host": HOST, **({"Cookie": cookie} if cookie else {})})
    answer = line.getresponse()
    return answer.status, answer.read()


def visit(mails: list[str]) -> dict[str, object]:
    """The first page with its styles, a document opened, a mail sent, and who did it."""
    _until(lambda: _answers("/"))
    command = ["balcao", "shell", "--no-imports", "-c", WORLD]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    made = json.loads(done.stdout.splitlines()[-1])
    page = ask("/")[1].decode()
    style = re.findall(r'rel="stylesheet" href="([^"]+)"', page)[0]
    status, document = ask(made["save"] + "?q=12345678909", made["cookie"])
    _until(lambda: bool(mails))
    return {
        "style": (ask(style)[0], len(ask(style)[1]) > 1000),
        "document": (status, hashlib.sha256(document).hexdigest() == made["sha256"]),
        "mails": mails,
        "nginx": _user_of("nginx: worker process"),
        "web": _user_of("portal.wsgi"),
        "log": Path("/var/log/nginx/balcao.access.log").read_text(),
    }


def _answers(path: str) -> bool:
    try:
        return ask(path)[0] == 200
    except OSError:
        return False


def _until(true: object) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():  # type: ignore[operator]
        if time.monotonic() > end:
            logs = [*Path("/var/log").glob("balcao*.log"), *Path("/var/log/nginx").glob("*.log")]
            raise SystemExit("\n".join(f"== {log}\n{log.read_text()[-3000:]}" for log in logs))
        time.sleep(0.1)


def _user_of(command: str) -> str:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if command in (process / "cmdline").read_text().replace("\0", " "):
                return process.owner()
        except OSError:
            continue
    return ""
