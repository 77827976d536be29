"""`levdesk alerts …` as a person or a script calls it: real main(), real files, real loopback servers."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest

from levdesk.app.alerts_typed import figure, moment_ms, stretch_s
from levdesk.app.main import main
from levdesk.domain.alerts import AlertKind
from levdesk.domain.errors import SettingInvalid
from levdesk.services.alert_kinds import KINDS
from tests.app.gate_desk import GateDesk, gate_desk
from tests.app.test_watch import BUY, HEADER, NAMES, TOKEN, Run
from tests.io.post_desk import PostDesk, post_desk
from tests.io.test_secrets import MemoryKeyring


@pytest.fixture(scope="module")
def gate() -> Iterator[GateDesk]:
    with gate_desk() as desk:
        yield desk


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], gate: GateDesk) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        common = ["--data-dir", str(tmp_path / "data"), "--venue-url", f"gate={gate.url}"]
        code = main([*common, *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def bought(run: Run, tmp_path: Path) -> Run:
    (tmp_path / "trades.csv").write_text(HEADER + BUY)
    assert run("import", str(tmp_path / "trades.csv"))[0] == 0
    return run


@pytest.fixture
def phone() -> Iterator[PostDesk]:
    with post_desk() as desk:
        yield desk


def as_json(told: tuple[int, str, str]) -> Any:
    code, out, err = told
    assert (code, err) == (0, "")
    return json.loads(out)


# ------------------------------------------------------------------------------------------------------------- rules


def test_a_rule_is_what_its_options_say(run: Run) -> None:
    call = (
        "alerts add --kind premium --scope token:gate:BTC3L --threshold 2% --side either --hysteresis 0.005 --severity"
    )
    more = "critical --cooldown 2h --debounce 30s --channel desktop --channel ntfy --name Dear --hours 08:00-22:30"
    (added,) = as_json(run(*call.split(), *more.split(), "--one-shot", "--json"))["added"]
    assert added == {
        "id": 1,
        "name": "Dear",
        "title": "Dear",
        "scope": "token:gate:BTC3L",
        "conditions": [
            {
                "kind": "premium",
                "threshold": 0.02,
                "side": "either",
                "measure": "",
                "hysteresis": 0.005,
                "horizon_s": None,
                "most_age_s": None,
            }
        ],
        "join": "all_of",
        "severity": "critical",
        "debounce_s": 30,
        "cooldown_s": 7200,
        "expires_ms": None,
        "active_hours": {"from_minute": 480, "until_minute": 1350, "weekdays": []},
        "channels": ["desktop", "ntfy"],
        "one_shot": True,
        "enabled": True,
        "standard": "",
    }
    (listed,) = as_json(run("alerts", "list", "--json"))["rules"]
    assert listed == {**added, "firing": [], "cannot_tell": []}


@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_kind_can_be_added_by_its_name_alone(run: Run, kind: AlertKind) -> None:
    level_needs_one = ["--threshold", "2.5"] if kind is AlertKind.LEVEL_CROSS else []
    (added,) = as_json(run("alerts", "add", "--kind", kind.value, *level_needs_one, "--json"))["added"]
    assert added["conditions"][0]["kind"] == kind.value


def test_what_can_be_watched_is_listed(run: Run) -> None:
    listed = as_json(run("alerts", "list", "--kinds", "--json"))["kinds"]
    assert [row["kind"] for row in listed] == [kind.value for kind in KINDS]
    assert set(KINDS) == set(AlertKind)
    out = run("alerts", "list", "--kinds")[1]
    assert all(f"\n{kind.value} " in f"\n{out}" for kind in AlertKind)


def test_listed_rules_can_be_added_again_from_a_file_and_from_standard_input(
    bought: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thus rules move from one computer to another."""
    listed = bought("alerts", "list", "--json")[1]
    rules = json.loads(listed)["rules"]
    assert len(rules) > 10
    (tmp_path / "rules.json").write_text(listed)
    other = ["--data-dir", str(tmp_path / "other"), "alerts"]
    capsys.readouterr()
    assert main([*other, "add", str(tmp_path / "rules.json")]) == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(rules[0])))
    assert main([*other, "add", "-"]) == 0
    capsys.readouterr()
    assert main([*other, "list", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)["rules"]
    assert again == [*rules, {**rules[0], "id": len(rules) + 1}]


def test_a_list_for_people_names_each_rule(bought: Run) -> None:
    bought("alerts", "add", "--kind", "drawdown", "--threshold", "10%", "--name", "My own")
    out = bought("alerts", "list")[1]
    assert out.splitlines()[-1].split(maxsplit=2)[2] == "My own  [on]"


def test_a_removed_rule_is_gone(run: Run) -> None:
    run("alerts", "add", "--kind", "drawdown")
    assert run("alerts", "remove", "1")[:2] == (0, "Removed rule 1: Any holding down 30 % or more from its peak.\n")
    assert run("alerts", "list")[1].startswith("No rules yet")


@pytest.mark.parametrize(
    ("call", "word"),
    [
        ("add", "what to watch"),
        ("add --kind weather", "weather"),
        ("add --kind premium --threshold much", "much"),
        ("add --kind premium --threshold nan", "nan"),
        ("add --kind premium --threshold 0", "above 0"),
        ("add --kind premium --scope nowhere", "nowhere"),
        ("add --kind premium --scope portfolio:7", "portfolio:7"),
        ("add --kind premium --severity loud", "loud"),
        ("add --kind premium --side up", "up"),
        ("add --kind premium --measure length", "length"),
        ("add --kind premium --cooldown soon", "soon"),
        ("add --kind premium --channel pigeon", "pigeon"),
        ("add --kind premium --expires someday", "someday"),
        ("add --kind premium --hours morning", "morning"),
        ("add --kind premium --hours 09:00-09:00", "same minute"),
        ("add /no/such/file.json", "/no/such/file.json"),
        ("add --kind premium rules.json", "what to watch"),
        ("remove 5", "no rule 5"),
        ("remove five", "five"),
        ("test 5", "no rule 5"),
        ("test --kind premium", "Nothing is held"),
        ("test --kind premium --days 0", "0"),
        ("test --channel desktop", "desktop"),
        ("history --kind weather", "weather"),
        ("history --state open", "open"),
        ("history --since long", "long"),
        ("history --limit 0", "0"),
        ("channel pigeon --on", "pigeon"),
        ("channel ntfy --url ftp://a", "ftp://a"),
        ("channel email --port 99999", "99999"),
        ("channel email --security maybe", "maybe"),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_exit_code_2(run: Run, call: str, word: str) -> None:
    code, out, err = run("alerts", *call.split())
    assert (code, out) == (2, "")
    assert err.startswith("levdesk: ")
    assert word in err.splitlines()[0]
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    "content", ["", "no json", "[]", "5", '{"conditions": []}', '{"kind": "premium"}', '[{"a": 1}]']
)
def test_a_file_without_a_rule_adds_nothing(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(content)
    code, out, err = run("alerts", "add", str(path))
    assert (code, out) == (2, "")
    assert err.startswith("levdesk: ")
    assert as_json(run("alerts", "list", "--json"))["rules"] == []


def test_one_bad_rule_of_a_file_keeps_the_others_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('[{"conditions": [{"kind": "premium"}]}, {"conditions": [{"kind": "weather"}]}]')
    assert run("alerts", "add", str(path))[0] == 2
    assert as_json(run("alerts", "list", "--json"))["rules"] == []


@pytest.mark.parametrize("arguments", [["alerts"], ["alerts", "dance"], ["alerts", "remove"], ["watch", "now"]])
def test_a_call_that_is_none_gets_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: levdesk" in capsys.readouterr().err


# -------------------------------------------------------------------------------------------------- figures and times


@pytest.mark.parametrize(
    ("text", "value"), [("0.02", 0.02), ("2%", 0.02), (" 2 % ", 0.02), ("−5%", -0.05), ("1e-3", 0.001), ("14", 14.0)]
)
def test_figures_may_be_percentages(text: str, value: float) -> None:
    assert figure(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("30s", 30), ("15m", 900), ("15 min", 900), ("1.5h", 5400), ("2d", 172_800)]
)
def test_stretches_of_time_have_units(text: str, seconds: int) -> None:
    assert stretch_s(text) == seconds


@pytest.mark.parametrize("text", ["", "-1h", "1y", "h", "1h30m", "inf"])
def test_what_is_no_stretch_of_time_is_refused(text: str) -> None:
    with pytest.raises(SettingInvalid):
        stretch_s(text)


def test_moments_are_dates_or_stretches_from_now() -> None:
    assert moment_ms("2026-05-01T12:00:00Z", 0, ahead=False) == 1_777_636_800_000
    assert moment_ms("1h", 10_000_000, ahead=True) == 13_600_000
    assert moment_ms("1h", 10_000_000, ahead=False) == 6_400_000
    with pytest.raises(SettingInvalid):
        moment_ms("yesterday", 0, ahead=False)


# ----------------------------------------------------------------------------------------------------------- channels


def test_a_channel_is_set_up_kept_and_tried(
    run: Run, phone: PostDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    call = ("alerts", "channel", "telegram", "--on", "--chat", "-1001", "--url", phone.url, "--secret-stdin", "--json")
    assert as_json(run(*call)) == {
        "channel": "telegram",
        "on": True,
        "every": True,
        "chat_id": "-1001",
        "base_url": phone.url,
        "has_secret": True,
        "missing": [],
    }
    assert list(backend.kept.values()) == [TOKEN]
    assert run("alerts", "test", "--channel", "telegram") == (0, "telegram: the test message was sent.\n", "")
    assert phone.taken[0][0] == f"/bot{TOKEN}/sendMessage"
    phone.answers = [(403, {}, b"{}")]
    code, out, err = run("alerts", "test", "--channel", "telegram", "--json")
    assert (code, json.loads(out)) == (1, {"sent": {"telegram": "Telegram refused the message (HTTP 403)."}})
    assert "Write to the bot" in err
    assert run("alerts", "channel", "telegram", "--off")[1] == "telegram is off.\n"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


def test_a_mail_channel_takes_its_options(run: Run) -> None:
    call = "alerts channel email --host mail.example.org --port 465 --security ssl --user me --from a@b.example"
    told = as_json(run(*call.split(), "--to", "c@d.example", "--to", "e@f.example", "--json"))
    assert told["recipients"] == ["c@d.example", "e@f.example"]
    assert (told["host"], told["port"], told["security"], told["sender"]) == (
        "mail.example.org",
        465,
        "ssl",
        "a@b.example",
    )
    assert told["missing"] == ["The password of the mail server is missing."]


def test_without_a_keyring_a_channel_is_tried_with_a_secret_of_the_run(
    run: Run, phone: PostDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("alerts", "channel", "telegram", "--on", "--chat", "-1001", "--url", phone.url)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"telegram": TOKEN})))
    assert run("alerts", "test", "--channel", "telegram", "--secrets-stdin")[0] == 0
    assert len(phone.taken) == 1


def test_offline_no_test_message_goes_out(run: Run, phone: PostDesk) -> None:
    run("alerts", "channel", "ntfy", "--on", "--topic", "desk", "--url", phone.url)
    code, _, err = run("--offline", "alerts", "test", "--channel", "ntfy")
    assert code == 1
    assert "offline" in err
    assert phone.taken == []


# -------------------------------------------------------------------------------------------------- the whole journey

Json = dict[str, Any]


def test_the_demo_from_its_first_look_to_its_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], phone: PostDesk
) -> None:
    """Eight holdings in a simulated market, one of them close to its trigger."""

    def call(*arguments: str) -> tuple[int, str]:
        code = main(["--data-dir", str(tmp_path), "--demo", *arguments])
        return code, capsys.readouterr().out

    assert call("alerts", "channel", "ntfy", "--on", "--topic", "desk", "--url", phone.url)[0] == 0
    code, out = call("watch", "--once", "--json")
    fired: list[Json] = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert all(list(event) == NAMES and event["state"] == "fired" for event in fired)
    assert len({(event["kind"], event["scope"], event["rule"]) for event in fired}) == len(fired)
    shown = [event for event in fired if event["severity"] != "info"]
    (document,) = phone.documents  # many at once are one message
    assert document["title"].startswith("LevDesk: ")
    assert len(shown) > 3
    assert not [document for document in phone.documents if "amount_" in str(document)]
    past: list[Json] = [json.loads(line) for line in call("alerts", "history", "--json")[1].splitlines()]
    assert [{name: row[name] for name in NAMES} for row in reversed(past)] == fired
    critical = call("alerts", "history", "--severity", "critical", "--limit", "1")[1]
    assert len(critical.splitlines()) == 1
    assert call("alerts", "history", "--search", "no such words")[1] == ""
    later: list[Json] = [json.loads(line) for line in call("watch", "--once", "--json")[1].splitlines()]
    near = [event["scope"] for event in later if event["kind"] == "rebalance_near" and event["state"] == "fired"]
    assert "token:gate:DOGE5S" in near, "it has to hold for a while, so at two looks"
    drawdown = ("alerts", "test", "--kind", "drawdown", "--threshold", "20%", "--scope", "token:gate:DOGE5S", "--json")
    (trial,) = json.loads(call(*drawdown)[1])["trials"]
    assert trial["fired"] == len(trial["moments"]) > 0
    assert {moment["scope"] for moment in trial["moments"]} == {"token:gate:DOGE5S"}
    assert f"{trial['fired']} times in the last 90 days" in trial["words"] or trial["fired"] == 1
    spread = call("alerts", "test", "--kind", "spread")[1]
    assert "cannot be tried on history" in spread
