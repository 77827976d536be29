from __future__ import annotations

import pytest

from levdesk.app import main as front_door
from levdesk.app.setup import doorstep
from levdesk.domain.errors import UserError


@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")


def test_without_a_screen_the_window_is_refused_in_words(no_screen: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert front_door.main([]) == 2
    assert "no screen" in capsys.readouterr().err


def test_a_screen_named_in_the_environment_is_enough(no_screen: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    doorstep.require_screen()


def test_a_qt_that_would_crash_is_refused() -> None:
    doorstep.require_agreement((3, 11, 7), (6, 11, 3))
    doorstep.require_agreement((3, 12, 0), (6, 12, 0))
    with pytest.raises(UserError, match=r"6\.12 crashes on Python 3\.11"):
        doorstep.require_agreement((3, 11, 7), (6, 12, 0))


def test_a_library_that_qt_lacks_leads_to_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from levdesk.app.setup import libraries, packages, survey

    monkeypatch.setattr(libraries, "can_load", lambda soname: soname != "libEGL.so.1")
    monkeypatch.setattr(libraries, "font_found", lambda: True)
    monkeypatch.setattr(survey, "read_distribution", lambda: packages.Distribution(tool="apt", name="Debian"))
    monkeypatch.setattr(survey, "is_root", lambda: False)
    error = doorstep.without_qt(ImportError("libEGL.so.1: cannot open shared object file"))
    assert "libEGL.so.1" in error.message
    assert error.hint.endswith("sudo apt-get install -y libegl1") or "libegl1" in error.hint
