"""Makes a fresh clone ready: system libraries, .venv, front end, translations.

Runs on the system's Python and its standard library alone. Each step leaves a stamp with the
hash of what it was made from, so that a second run has nothing to do.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import system

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_AT_LEAST = (20, 19)  # what sass asks for


def prepare(*, for_tests: bool) -> None:
    """Everything but the data: safe to repeat, safe to interrupt, one at a time.

    The system's packages and, if there is a Node, the front end come beside Python's packages.
    """
    with _one_at_a_time(), ThreadPoolExecutor() as pool:
        if not _venv_works():
            system.install_missing([system.TO_MAKE_VENV])
        needs = [*system.TO_SERVE, *(system.TO_TEST if for_tests else ())]
        beside = [pool.submit(system.install_missing, needs)]
        if have_node := _node_suits():
            beside.append(pool.submit(_build_front))
        _make_venv()
        _install_packages("dev" if for_tests else "base")
        if not have_node:
            _build_front()
        _compile_translations()
        for step in beside:
            step.result()


def digest(paths: Iterable[Path], *more: str) -> str:
    """One hash over the names and bytes of these files, folders walked."""
    total = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    total.update("\0".join(more).encode())
    return total.hexdigest()


def run(command: list[str | Path], **env: str) -> None:
    """Run in the repository; on failure show all that it said and end."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise SystemExit(f"Failed: {' '.join(map(str, command))}")


def stamped(stamp: Path, value: str) -> bool:
    """Whether the step that writes this stamp was finished for this very input."""
    return stamp.is_file() and stamp.read_text() == value


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "set-up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up of this clone…", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _venv_works() -> bool:
    """Whether .venv has a Python of a version we support, with pip."""
    if not PYTHON.exists():
        return False
    check = "import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    return not subprocess.run([PYTHON, "-c", check], check=False, capture_output=True).returncode


def _make_venv() -> None:
    if not _venv_works():
        print("Making .venv", flush=True)
        run([sys.executable, "-m", "venv", "--clear", VENV])


def _install_packages(kind: str) -> None:
    """What requirements/<kind>.txt locks, by hash. ``dev`` holds ``base`` and ``build``."""
    lock = ROOT / "requirements" / f"{kind}.txt"
    stamp = VENV / f"{kind}.stamp"
    value = digest([lock])
    if stamped(stamp, value):
        return
    print(f"Installing Python packages: requirements/{kind}.txt", flush=True)
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    run([*pip, "--no-compile", "--require-hashes", "-r", lock], PIP_ROOT_USER_ACTION="ignore")
    # With all cores, which pip does not. What some package holds for another Python may fail.
    all_modules: list[str | Path] = [PYTHON, "-m", "compileall", "-q", "-j", "0", VENV / "lib"]
    subprocess.run(all_modules, check=False, capture_output=True)
    if kind == "dev":
        for held in ("base", "build"):
            (VENV / f"{held}.stamp").write_text(digest([ROOT / "requirements" / f"{held}.txt"]))
    stamp.write_text(value)


def _node_suits() -> bool:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    version = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    numbers = version.stdout.strip().lstrip("v").split(".")[:2]
    return all(n.isdigit() for n in numbers) and tuple(map(int, numbers)) >= NODE_AT_LEAST


def _build_front() -> None:
    """node_modules by the npm lock, then static/dist. Node is needed only when one changed."""
    lock = digest([ROOT / "package-lock.json"])
    sources = digest([ROOT / "static" / "src", ROOT / "package.json"], lock)
    modules = ROOT / "node_modules" / ".stamp"
    built = ROOT / "static" / "dist" / ".stamp"
    if stamped(modules, lock) and stamped(built, sources):
        return
    path = os.environ.get("PATH", os.defpath)
    if not _node_suits():
        _install_packages("build")
        path = f"{VENV / 'bin'}{os.pathsep}{path}"
    if not stamped(modules, lock):
        print("Installing the front end's packages: package-lock.json", flush=True)
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], PATH=path)
        modules.write_text(lock)
    print("Building static/dist", flush=True)
    run(["npm", "run", "build"], PATH=path)
    built.write_text(sources)


def _compile_translations() -> None:
    """Every .po into its .mo, by Babel: no gettext is needed to serve."""
    for po in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        babel: list[str | Path] = [PYTHON, "-m", "babel.messages.frontend", "-q", "compile"]
        run([*babel, "-l", po.parent.parent.name, "-i", po, "-o", mo])


if __name__ == "__main__":
    prepare(for_tests="--for-tests" in sys.argv[1:])
