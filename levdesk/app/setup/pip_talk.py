"""What pip says, in plain words: one progress line per package worth a line, and one sentence when it failed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from levdesk.domain.errors import LevdeskError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FETCH = re.compile(r"^\s*(?P<how>Downloading|Using cached) (?:\S*/)?(?P<file>\S+) \((?P<size>[\d.]+) ?(?P<unit>\w+)\)")
_UNIT_MB = {"bytes": 1e-6, "B": 1e-6, "kB": 1e-3, "KB": 1e-3, "MB": 1.0, "GB": 1e3}
_WORTH_A_LINE_MB = 1.0

_NO_SPACE = re.compile(r"No space left on device|\[Errno 28\]|disk quota", re.IGNORECASE)
_NO_RIGHT = re.compile(r"Permission denied|Read-only file system|\[Errno (?:13|30)\]|\[WinError 5\]")
_BAD_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError|SSLCertVerification")
_BROKEN_FILE = re.compile(r"DO NOT MATCH THE HASHES|BadZipFile|is not a valid wheel|invalid wheel", re.IGNORECASE)
_NO_NETWORK = re.compile(
    r"NewConnectionError|ConnectionError|ConnectTimeout|ReadTimeout|timed out|Name or service not known"
    r"|getaddrinfo failed|name resolution|NameResolution|Connection (?:refused|reset|broken|aborted|to \S+ timed out)"
    r"|Network is unreachable|No route to host|ProxyError|IncompleteRead|RemoteDisconnected|Max retries exceeded"
    r"|HTTP error \d|Could not fetch URL|\b(?:4\d\d|5\d\d) (?:Client|Server) Error"
)
_NO_PACKAGE = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)")

TRY_AGAIN = "Start again with the same command: what pip has kept is not downloaded twice."


class SetupFailed(LevdeskError):
    """The program's environment could not be made; nothing else was touched."""

    code = "setup_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One file that pip is getting.

    Attributes:
        file: its name, under which it grows in pip's temporary folder.
        package: name and version, e.g. "numpy 2.4.6".
        size_mb: as pip announces it, in units of 10^6 bytes.
        is_cached: it arrived in an earlier run.
    """

    file: str
    package: str
    size_mb: float
    is_cached: bool

    @property
    def is_worth_a_line(self) -> bool:
        """Whether a person would wonder what takes so long."""
        return not self.is_cached and self.size_mb >= _WORTH_A_LINE_MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacking:
    """Everything is there; pip begins to write it.

    Attributes:
        count: number of packages.
    """

    count: int


@dataclass(frozen=True, slots=True)
class Retrying:
    """A connection failed and pip tries it again."""


def read_line(line: str) -> Fetch | Unpacking | Retrying | None:
    """The event in one line of pip's output, None when it holds nothing for a person."""
    if match := _FETCH.match(line):
        if match["file"].endswith(".metadata"):
            return None
        size_mb = float(match["size"]) * _UNIT_MB.get(match["unit"], 0.0)
        return Fetch(
            file=match["file"],
            package=_package(match["file"]),
            size_mb=size_mb,
            is_cached=match["how"] == "Using cached",
        )
    if line.startswith("Installing collected packages:"):
        return Unpacking(count=line.count(",") + 1)
    if line.lstrip().startswith("WARNING: Retrying"):
        return Retrying()
    return None


def explain(lines: Sequence[str], *, system: str) -> SetupFailed:
    """One plain sentence for a failed pip, with what to do.

    Args:
        lines: its output.
        system: Python and machine in words, e.g. "Python 3.14 on linux x86_64".
    """
    text = "\n".join(lines)
    if _NO_SPACE.search(text):
        return SetupFailed("The disk is full.", hint="Make about 1 GB of room and start again.")
    if _BAD_CERTIFICATE.search(text):
        return SetupFailed(
            "The download failed: the server's certificate could not be verified.",
            hint="Check this machine's clock; behind a company proxy, set PIP_CERT to its certificate file. "
            + TRY_AGAIN,
        )
    if _NO_NETWORK.search(text):
        return SetupFailed(
            "The download failed: the package server could not be reached.",
            hint="Check the internet connection and, behind a proxy, the variables HTTPS_PROXY and NO_PROXY. "
            + TRY_AGAIN,
        )
    if _BROKEN_FILE.search(text):
        return SetupFailed("The download failed: a file arrived damaged.", hint=TRY_AGAIN)
    if match := _NO_PACKAGE.search(text):
        return SetupFailed(
            f"{match[1]} is not published for {system}.",
            hint="Use a 64-bit Python 3.11 to 3.14; Linux needs glibc 2.34 (Debian 12, Ubuntu 22.04, Fedora 35).",
        )
    if _NO_RIGHT.search(text):
        return SetupFailed("A file could not be written.", hint="Check who owns the folder .venv beside main.py.")
    told = [line.strip() for line in lines if line.strip()]
    last = next((line for line in reversed(told) if "ERROR" in line), told[-1] if told else "pip gave no reason")
    return SetupFailed(f"The packages could not be installed: {last.removeprefix('ERROR: ')}", hint=TRY_AGAIN)


def _package(file: str) -> str:
    name, _, rest = file.partition("-")
    version = rest.partition("-")[0].removesuffix(".tar.gz").removesuffix(".zip")
    return f"{name} {version}".strip()
