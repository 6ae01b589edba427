"""What one child may use."""

import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MB = 1024**2
_OPEN_FILES = 64


@dataclass(frozen=True)
class Limits:
    """Bytes of memory beyond the idle child's and its input; whole seconds of processor.

    ``wall_seconds`` is longer, because others use the machine too. ``answer`` is the most bytes
    that may come back, ``wait_seconds`` how long to wait for a free place (see ``Busy``).
    """

    memory: int = 192 * MB
    cpu_seconds: int = 2
    wall_seconds: float = 20
    answer: int = 32 * MB
    wait_seconds: float = 10


def apply(memory: int, cpu_seconds: int) -> None:
    """Limit this process for good. What the system does not know (macOS) is left out."""
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_DATA, _private_bytes() + memory)
        _limit(resource.RLIMIT_NPROC, 0)  # neither processes nor threads


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, soft if hard is None else hard))


def _private_bytes() -> int:
    """What RLIMIT_DATA counts of this process now: private writable memory, stacks included."""
    pages = Path("/proc/self/statm").read_text().split()[5]
    return int(pages) * resource.getpagesize()
