"""Whether locale/ says everything that the sources ask for, in full."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from prepare import PYTHON, ROOT

ASIDE = ["-i", "tests", "-i", "bench", "-i", "script", "-i", "deploy"]


def main() -> int:
    """Print what is missing, left over, untranslated or fuzzy; 1 if there is any."""
    problems = [line for po in sorted(_catalogues(ROOT)) for line in _problems(po)]
    problems += _unseen()
    for line in problems:
        print(line)
    if not problems:
        print("Every message is translated.")
    return bool(problems)


def _unseen() -> list[str]:
    """Where gettext is imported by a name of its own: makemessages finds nothing said by that."""
    found = subprocess.run(
        ["git", "grep", "-nP", r"gettext(_lazy)? as (?!_\b)", "--", "*.py", ":!script"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    return [f"makemessages does not know this name: {line}" for line in found.stdout.splitlines()]


def _catalogues(root: Path) -> Iterator[Path]:
    return (root / "locale").glob("*/LC_MESSAGES/django.po")


def _problems(po: Path) -> Iterator[str]:
    language = po.parent.parent.name
    ours = _read(po)
    asked = _extract(language)
    for missing in sorted(asked.keys() - ours.keys()):
        yield f"{language}: missing: {missing!r} ({_places(asked[missing])})"
    for left in sorted(ours.keys() - asked.keys()):
        yield f"{language}: no longer used: {left!r}"
    for key in sorted(asked.keys() & ours.keys()):
        message = ours[key]
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.fuzzy or not all(texts):
            yield f"{language}: {'fuzzy' if message.fuzzy else 'untranslated'}: {key!r}"
    formats = ["msgfmt", "--check-format", "--check-domain", "-o", "/dev/null", str(po)]
    checked = subprocess.run(formats, check=False, capture_output=True, text=True)
    if checked.returncode:
        yield checked.stderr


def _extract(language: str) -> dict[str, Message]:
    """What makemessages finds, in a copy of the sources, which leaves the catalogue alone."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    with tempfile.TemporaryDirectory(prefix="balcao-messages-") as name:
        copy = Path(name)
        for file in filter(None, listed.stdout.split("\0")):
            if (ROOT / file).is_file():
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, copy / file)
        for po in _catalogues(copy):
            po.unlink()
        make = [str(PYTHON), "manage.py", "makemessages", "-l", language, "-v0"]
        subprocess.run([*make, "--add-location", "file", *ASIDE], cwd=copy, check=True)
        return _read(copy / "locale" / language / "LC_MESSAGES" / "django.po")


def _read(po: Path) -> dict[str, Message]:
    with po.open("rb") as file:
        catalogue: Catalog = read_po(file)
    return {_key(message): message for message in catalogue if message.id}


def _key(message: Message) -> str:
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    return " | ".join([*([message.context] if message.context else []), *ids])


def _places(message: Message) -> str:
    return ", ".join(sorted({place for place, _ in message.locations})[:3])


if __name__ == "__main__":
    sys.exit(main())
