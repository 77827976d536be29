from __future__ import annotations

import logging
from pathlib import Path

import pytest

from levdesk import __version__
from levdesk.app.command_line import Options, parse_command_line
from levdesk.app.grammar import read_arguments
from levdesk.app.main import main
from levdesk.domain.errors import SettingInvalid
from levdesk.services.venue_urls import check_base_url


def test_without_arguments_the_window_opens() -> None:
    assert parse_command_line([]) == Options(command="window")


PLAIN_CALLS = [
    [],
    ["--demo"],
    ["--offline", "--data-dir", "some folder"],
    ["--data-dir=here", "--demo", "--offline"],
    ["--data-dir", "first", "--data-dir", "last"],
    ["--data-dir="],
]


@pytest.mark.parametrize("arguments", PLAIN_CALLS, ids=" ".join)
def test_the_short_way_to_a_window_and_the_long_one_agree(arguments: list[str]) -> None:
    assert parse_command_line(arguments) == read_arguments(arguments)


@pytest.mark.parametrize(
    "arguments", [["--data-dir"], ["--data-dir", "--demo"], ["--demo=yes"], ["nonsense"]], ids=" ".join
)
def test_a_call_that_only_looks_plain_is_refused_as_any_other(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_command_line(arguments)
    assert ended.value.code == 2
    assert "usage: levdesk" in capsys.readouterr().err


def test_common_options_are_understood_before_and_after_the_command() -> None:
    expected = Options(
        command="report",
        data_dir=Path("d"),
        offline=True,
        venue_urls=(("gate", "http://127.0.0.1:9000"),),
        as_json=True,
    )
    common = ["--data-dir", "d", "--offline", "--venue-url", "gate=http://127.0.0.1:9000/"]
    assert parse_command_line([*common, "report", "--json"]) == expected
    assert parse_command_line(["report", "--json", *common]) == expected


def test_several_venues_can_be_redirected() -> None:
    options = parse_command_line(["--venue-url", "gate=http://a", "--venue-url", "OKX=https://b:8443", "report"])
    assert options.venue_urls == (("gate", "http://a"), ("okx", "https://b:8443"))


@pytest.mark.parametrize(
    "text",
    [
        "gate",
        "=http://a",
        "gate=",
        "gate=ftp://a",
        "gate=a:9000",
        "gate=http://",
        "gate=http://user:secret@a",
        "gate=http://a/api/v4",
        "gate=http://a?x=1",
        "gate=http://a:99999",
        "gate=http://[::1",
    ],
)
def test_a_venue_url_that_is_not_scheme_and_host_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse_command_line(["--venue-url", text])
    assert "gate=http://127.0.0.1:9000" in caught.value.hint


def test_an_address_keeps_its_port_and_loses_its_slash() -> None:
    assert check_base_url(" https://mirror.example:8443/ ") == "https://mirror.example:8443"
    assert check_base_url("http://[::1]:9000") == "http://[::1]:9000"


def test_import_takes_a_file_and_its_switches() -> None:
    options = parse_command_line(["import", "t.csv", "--dry-run", "--allow-duplicates", "--portfolio", "Main"])
    assert (options.file, options.dry_run, options.allow_duplicates, options.portfolio) == (
        Path("t.csv"),
        True,
        True,
        "Main",
    )


@pytest.mark.parametrize("arguments", [["import"], ["dance"], ["report", "--jsno"], ["import", "a", "b"]])
def test_a_wrong_call_ends_with_exit_code_2_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_command_line(arguments)
    assert ended.value.code == 2
    assert "usage: levdesk" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_command_line(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"LevDesk {__version__}\n"


def test_an_unforeseen_failure_is_told_without_what_must_stay_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_options: object) -> int:
        raise RuntimeError("no answer from https://venue.example/fills?signature=5ca1ab1e5ca1ab1e&limit=5")

    monkeypatch.setattr("levdesk.app.main._run", fail)
    with caplog.at_level(logging.CRITICAL):
        assert main(["doctor"]) == 1
    told = capsys.readouterr().err
    assert "Something went wrong inside LevDesk" in told
    assert "5ca1ab1e" not in told
