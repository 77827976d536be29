"""What holds for every test: no screen, no network, no home folder, no keyring, no unexpected warning in the log.

The environment is set while this file is imported, before any test module can import Qt or keyring.
"""

from __future__ import annotations

import ipaddress
import itertools
import logging
import os
import shutil
import socket
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

PROJECT = Path(__file__).resolve().parents[1]
HOMES = Path(tempfile.mkdtemp(prefix="levdesk-tests-"))
_home_numbers = itertools.count(1)

os.environ["QT_QPA_PLATFORM"] = os.environ.get("LEVDESK_TEST_PLATFORM", "offscreen")
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
for _variable in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(_variable, None)
    os.environ.pop(_variable.upper(), None)

settings.register_profile(
    "desk", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("LEVDESK_TESTS_REPEAT") else "desk")


def home_variables(home: Path) -> dict[str, str]:
    """The environment that puts a program's home, data, settings, state, cache and runtime folders under `home`."""
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "APPDATA": str(home / "roaming"),
        "LOCALAPPDATA": str(home / "local"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


# Session-wide as well, for whatever reads the environment before the first test starts.
os.environ.update(home_variables(HOMES / "0"))


def pytest_unconfigure() -> None:
    """Take the homes of this run away."""
    shutil.rmtree(HOMES, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test; the folder exists once the test makes it."""
    home = HOMES / str(next(_home_numbers))
    for name, value in home_variables(home).items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded market data kept beside the project, or a skip where a checkout stands alone."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the recorded market data (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's robot with more patience."""
    from tests.patience import PatientBot  # late: tests without a window need no Qt

    return PatientBot(request)


# ------------------------------------------------------------------------------------------------------- network


class OutsideConnection(OSError):
    """A test tried to leave this machine."""


def is_loopback(host: object) -> bool:
    """Whether a host name or address text means this machine itself."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_outside_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection and name look-up that leaves this machine, and fail the test that tried.

    Failing at the end too, because code under test rightly turns an OSError into "venue unreachable".
    """
    attempts: list[str] = []

    def refuse(host: object) -> None:
        attempts.append(str(host))
        raise OutsideConnection(f"tests stay on this machine: {host}")

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
                refuse(address[0])
            return real(self, address)

        return connect

    real_getaddrinfo = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_loopback(host):
            refuse(host)
        return real_getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    if attempts:
        pytest.fail(f"tried to leave this machine: {', '.join(attempts)}", pytrace=False)


# ----------------------------------------------------------------------------------------------------------- log


class UnexpectedRecords(logging.Handler):
    """Collects records of WARNING and above that no `caplog.at_level(...)` block was waiting for."""

    def __init__(self, expecting: logging.Handler) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self._expecting = expecting

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record unless the test is listening at its level on purpose."""
        if not logging.NOTSET < self._expecting.level <= record.levelno:
            self.records.append(record)


def _cause(record: logging.LogRecord) -> str:
    """The exception a line was logged with, and where it was raised."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    return "\n" + "".join(traceback.format_exception(record.exc_info[1]))


@pytest.fixture(autouse=True)
def quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs a warning or worse outside `with caplog.at_level(logging.WARNING):`."""
    handler = UnexpectedRecords(caplog.handler)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
    if handler.records:
        lines = "\n".join(f"  {r.levelname} {r.name}: {r.getMessage()}{_cause(r)}" for r in handler.records)
        pytest.fail(f"logged without being expected:\n{lines}", pytrace=False)
