"""The log file: UTC, bounded in size, readable by its owner only, and without secrets whatever is logged."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections import deque
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.paths import create_private_file, make_private_folder, reason_of

MAX_LOG_BYTES: Final = 1024 * 1024
OLD_LOGS: Final = 3
LINES_IN_MEMORY: Final = 1_000
HIDDEN: Final = "[hidden]"

_SECRET_NAME = (
    r"[\w-]*(?:api[-_]?key|access[-_]?key|api[-_]?sign|access[-_]?sign|bapi[-_]?sign|pionex[-_]?key|secret|passphrase"
    r"|password|signature|authorization|cookie)[\w-]*"
)
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|(?:(?:Bearer|Basic|Token)\s+)?[^\s,;&)}\]]+)"
_PATTERNS: Final = (
    # name: value, name=value, 'name': 'value'; Gate's headers are called KEY and SIGN
    (re.compile(rf"(?i)(\b{_SECRET_NAME}[\"']?\s*[:=]\s*){_VALUE}"), rf"\g<1>{HIDDEN}"),
    (re.compile(rf"(\b(?:KEY|SIGN)[\"']?\s*[:=]\s*){_VALUE}"), rf"\g<1>{HIDDEN}"),
    (
        re.compile(r"(?i)([?&](?:\w*key|\w*sign(?:ature)?|\w*token|secret|passphrase|password)=)[^&\s\"'<>)]*"),
        rf"\g<1>{HIDDEN}",
    ),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s@\"']+@"), rf"\g<1>{HIDDEN}@"),
    # tokens that can be told by their looks: of Telegram's bots, of ntfy, after the word Bearer, of known webhooks
    (re.compile(r"(\b(?:bot)?)\d{5,}:[A-Za-z0-9_-]{20,}"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"\btk_[A-Za-z0-9]{10,}"), HIDDEN),
    (re.compile(r"(?i)(\bBearer\s+)[\w.~+/=-]{8,}"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"(/(?:services|api/webhooks|webhookb2)/)[^\s\"'<>)]+"), rf"\g<1>{HIDDEN}"),
)
_SHORTEST_HIDDEN = 4
_known: set[str] = set()
_in_memory: deque[str] = deque(maxlen=LINES_IN_MEMORY)


def hide(secret: str) -> None:
    """Take this very text out of every line from now on, however it is quoted; called for each secret in use."""
    parts = urlsplit(secret) if "://" in secret else None
    forms = [secret] if parts is None else [secret, f"{parts.path}?{parts.query}" if parts.query else parts.path]
    for form in forms:
        if len(form) >= _SHORTEST_HIDDEN:
            _known.update((form, quote(form), quote(form, safe=""), quote_plus(form), json.dumps(form)[1:-1]))


def redact(text: str) -> str:
    """The text with keys, signatures, passwords and what stands in query strings for them taken out."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Lines in UTC with milliseconds; secrets are taken out of the whole line, tracebacks included."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The finished line without secrets."""
        return redact(super().format(record))


class _PrivateLog(RotatingFileHandler):
    """Lines that a full disk does not take stay in memory; nobody reads a complaint about them on a terminal."""

    def _open(self) -> TextIOWrapper:
        create_private_file(Path(self.baseFilename))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        if isinstance(sys.exc_info()[1], OSError):
            _in_memory.append(self.format(record))
        else:
            super().handleError(record)

    def close(self) -> None:
        with suppress(OSError):  # what could not be flushed
            super().close()


def open_log(log_file: Path, *, max_bytes: int = MAX_LOG_BYTES) -> logging.Handler:
    """A handler for the root logger that writes to `log_file` and keeps a few older files beside it.

    Raises:
        StoreUnavailable: the folder cannot be made or written to.
    """
    make_private_folder(log_file.parent)
    try:
        handler = _PrivateLog(log_file, maxBytes=max_bytes, backupCount=OLD_LOGS, encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"The log {log_file} cannot be written: {reason_of(error)}.") from error
    handler.setFormatter(RedactingFormatter())
    return handler


class LogInMemory(logging.Handler):
    """The last lines where no file can be written; for the diagnostics, and gone with the program."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(RedactingFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        _in_memory.append(self.format(record))


def last_warnings(log_file: Path, count: int = 10) -> tuple[str, ...]:
    """The last lines of WARNING and above, oldest first; empty when there is no log."""
    lines: list[str] = []
    with suppress(OSError), log_file.open(encoding="utf-8", errors="replace") as file:
        lines += [line.rstrip("\n") for line in file if _LEVEL.match(line)]
    lines += [line for line in _in_memory if _LEVEL.match(line)]
    return tuple(lines[-count:])


_LEVEL: Final = re.compile(r"\S+ (?:WARNING|ERROR|CRITICAL) ")
