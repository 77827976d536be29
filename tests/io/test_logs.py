from __future__ import annotations

import errno
import logging
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import StoreUnavailable
from levdesk.io import logs
from levdesk.io.logs import HIDDEN, OLD_LOGS, LogInMemory, last_warnings, open_log, redact

CANARY = "c4n4ryS3cretValue"


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "log" / "levdesk.log"


@pytest.fixture
def log(log_file: Path) -> Iterator[Callable[[int], logging.Logger]]:
    logger = logging.getLogger("tests.logs")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)

    def start(max_bytes: int = 1_000_000) -> logging.Logger:
        logger.addHandler(open_log(log_file, max_bytes=max_bytes))
        return logger

    yield start
    for handler in tuple(logger.handlers):
        handler.close()
        logger.removeHandler(handler)


def test_a_line_has_its_moment_in_utc(log: Callable[..., logging.Logger], log_file: Path) -> None:
    logger = log()
    record = logger.makeRecord("tests.logs", logging.INFO, "", 0, "sold %s", ("10",), None)
    record.created, record.msecs = 1_772_366_400.25, 250.0
    logger.handle(record)
    assert log_file.read_text() == "2026-03-01T12:00:00.250Z INFO MainThread tests.logs: sold 10\n"


@pytest.mark.skipif(os.name != "posix", reason="other systems keep rights differently")
def test_the_log_is_for_its_owner_only_also_after_it_was_turned_over(
    log: Callable[..., logging.Logger], log_file: Path
) -> None:
    before = os.umask(0)
    try:
        logger = log(max_bytes=200)
        for number in range(40):
            logger.info("line %03d", number)
    finally:
        os.umask(before)
    files = sorted(log_file.parent.iterdir())
    assert len(files) == OLD_LOGS + 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert all(path.stat().st_size <= 200 for path in files)
    assert stat.S_IMODE(log_file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'Authorization': 'Basic {CANARY}'}}",
        f"{{'KEY': '{CANARY}', 'SIGN': '{CANARY}', 'Timestamp': '17'}}",
        f"KEY: {CANARY}",
        f'KC-API-KEY: {CANARY} KC-API-SIGN={CANARY} KC-API-PASSPHRASE: "{CANARY} {CANARY}"',
        f"X-MEXC-APIKEY: {CANARY}",
        f"OK-ACCESS-SIGN={CANARY}, OK-ACCESS-KEY={CANARY}",
        f"X-BAPI-API-KEY: {CANARY}; X-BAPI-SIGN: {CANARY}",
        f"PIONEX-KEY: {CANARY}, PIONEX-SIGNATURE: {CANARY}",
        f"GET /api/v3/account?recvWindow=5&signature={CANARY}&timestamp=1",
        f"https://api.example/x?api_key={CANARY}&sign={CANARY}",
        f"https://api.example/x?AccessKeyId={CANARY}&key={CANARY}",
        f"Credentials(api_key='{CANARY}', api_secret='{CANARY}', passphrase='{CANARY}')",
        f"proxy http://me:{CANARY}@proxy.example:8080/ refused",
        f'{{"apiKey": "{CANARY}", "secretKey": "{CANARY}"}}',
        f"password={CANARY}",
        f"Set-Cookie: session={CANARY}",
        f"POST https://api.telegram.org/bot123456789:{CANARY}Abcd/sendMessage",
        f"the token 123456789:{CANARY}Abcd was refused",
        f"ntfy says no to tk_{CANARY}",
        f"headers: Bearer {CANARY}",
        f"POST https://hooks.slack.com/services/T0/B0/{CANARY} refused",
        f"POST /api/webhooks/1234/{CANARY} HTTP/1.1",
    ],
)
def test_no_secret_gets_into_the_log(line: str) -> None:
    assert CANARY not in redact(line)
    assert HIDDEN in redact(line)


@pytest.mark.parametrize(
    "line",
    [
        "Token BTC3L at gate: NAV 2.46 held back",
        "TokenQuote(key=TokenKey(venue='gate', symbol='BTC3L'), last=Decimal('2.46'))",
        "GET https://api.gateio.ws/api/v4/spot/tickers?currency_pair=BTC3L_USDT&limit=10 took 120 ms",
        "keyring: keyring.backends.fail.Keyring",
        "UNIQUE constraint failed: tokens.venue, tokens.symbol",
        "the sign of the leverage is unconfirmed",
    ],
)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert redact(line) == line


@given(st.text(st.characters(categories=["L", "N"]), min_size=8, max_size=40))
def test_whatever_the_secret_looks_like(secret: str) -> None:
    line = redact(f"?key={secret}&a=1 'SIGN': '{secret}' X-Api-Key: {secret}")
    assert secret not in line.replace(HIDDEN, "")


def test_arguments_and_tracebacks_are_cleaned_too(log: Callable[..., logging.Logger], log_file: Path) -> None:
    logger = log()
    logger.info("asked %s", f"https://api.example/x?key={CANARY}")
    try:
        raise ValueError(f"headers were {{'KEY': '{CANARY}'}}")
    except ValueError:
        logger.exception("failed with api_secret=%s", CANARY)
    text = log_file.read_text()
    assert CANARY not in text
    assert "Traceback" in text
    assert text.count(HIDDEN) == 4, "the line of code in the traceback as well"


def test_the_last_warnings_are_told(log: Callable[..., logging.Logger], log_file: Path) -> None:
    assert last_warnings(log_file) == ()
    logger = log()
    logger.info("fine WARNING only in words")
    for number in range(4):
        logger.warning("odd %d\nand a second line", number)
    logger.error("bad")
    lines = [re.sub(r"^\S+ (\w+) .*: ", r"\1 ", line) for line in last_warnings(log_file, 3)]
    assert lines == ["WARNING odd 2", "WARNING odd 3", "ERROR bad"]


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "levdesk.log").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot be written: is a directory"):
        open_log(tmp_path / "levdesk.log")
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        open_log(tmp_path / "file" / "levdesk.log")


def test_without_a_file_the_last_lines_are_in_memory_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_in_memory", deque(maxlen=2))
    handler = LogInMemory()
    for words in ("one", f"api_key={CANARY}", "three"):
        handler.handle(logging.LogRecord("tests.logs", logging.WARNING, "", 0, words, None, None))
    told = last_warnings(tmp_path / "none.log")
    assert [line.rpartition(" tests.logs: ")[2] for line in told] == [f"api_key={HIDDEN}", "three"]


def test_a_line_that_the_disk_does_not_take_is_kept_in_memory_and_not_complained_of(
    log: Callable[..., logging.Logger],
    log_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(logs, "_in_memory", deque(maxlen=9))
    logger = log()
    handler = next(each for each in logger.handlers if isinstance(each, RotatingFileHandler))

    def no_room() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(handler, "flush", no_room)
        logger.warning("full")
    assert last_warnings(log_file)[-1].endswith("tests.logs: full")
    assert capsys.readouterr().err == ""
