"""The alerts of the real window: from quotes to the list, the history and the outside, over restarts, in the demo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.app.alert_trials import _watched
from levdesk.app.command_line import parse_command_line
from levdesk.app.house import House
from levdesk.app.watch_facts import local_moment
from levdesk.app.watch_lists import known_marks
from levdesk.domain.alerts import AlertKind, AlertRule, AlertScope, AlertSeverity, AlertSide, Condition, ScopeKind
from levdesk.domain.errors import LevdeskError, UserError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.io.clock import SystemClock
from levdesk.io.paths import locate
from levdesk.io.watch_lock import WatchLock
from levdesk.runtime.jobs import JobControl
from levdesk.services.alert_channels import AlertChannels, WebhookChannel
from levdesk.services.alert_ports import ChannelKind
from levdesk.services.alert_view import Announcement, ChannelTest, FiringAlert, HistoryPage, RuleTrial
from levdesk.ui.alerts.desk import AlertDesk
from levdesk.ui.main_window import MainWindow
from tests.app.gate_desk import gate_desk
from tests.app.journey import Condition as Until
from tests.app.journey import with_window
from tests.io.post_desk import post_desk
from tests.venues.samples import gate as samples

BTC3L = TokenKey("gate", "BTC3L")
MOMENT_MS = round(datetime(2026, 5, 3, 9, 30, tzinfo=UTC).timestamp() * 1000)
TARGET = "token:gate:BTC3L"
pytestmark = pytest.mark.usefixtures("qapp")


def level(price: float = 2.0, *, channels: tuple[str, ...] = ("desktop", "sound"), **more: object) -> AlertRule:
    return AlertRule(
        name="My line",
        scope=AlertScope(kind=ScopeKind.TOKEN, key=BTC3L),
        conditions=(Condition(kind=AlertKind.TAKE_PROFIT, threshold=price - 1, side=AlertSide.ABOVE, measure="price"),),
        severity=AlertSeverity.CRITICAL,
        channels=channels,
        **more,  # type: ignore[arg-type]
    )


def buy(price: str = "1") -> TransactionDraft:
    return TransactionDraft(
        time_ms=MOMENT_MS, type=TransactionType.BUY, key=BTC3L, quantity=Decimal(1240), price=Decimal(price)
    )


def value(window: MainWindow, last: str) -> None:
    now_ms = window.desk.now_ms()
    window.desk.value_by_hand(
        TokenQuote(
            key=BTC3L,
            last=Decimal(last),
            price_ts_ms=now_ms,
            price_source=QuoteSource.MANUAL,
            nav=Decimal(last),
            nav_source=NavSource.MANUAL,
            nav_ts_ms=now_ms,
        )
    )


def alerts(window: MainWindow) -> AlertDesk:
    return window.desk.alerts


def firing(window: MainWindow, name: str = "My line") -> tuple[FiringAlert, ...]:
    view = alerts(window).view
    return () if view is None else tuple(each for each in view.firing if each.rule == name)


def ready(window: MainWindow) -> bool:
    return bool(window.desk.portfolios) and alerts(window).view is not None


def bought(window: MainWindow) -> Iterator[Until]:
    """With a holding, and the standard rules that come with it."""
    yield lambda: ready(window)
    window.desk.record(buy(), window.desk.portfolios[0].id)
    yield lambda: (view := alerts(window).view) is not None and len(view.rules) > 10


def test_an_alert_fires_is_told_seen_and_cleared_and_all_of_it_is_in_the_history(tmp_path: Path) -> None:
    arguments = ["--data-dir", str(tmp_path), "--offline"]

    def script(window: MainWindow) -> Iterator[Until]:
        told: list[tuple[Announcement, ...]] = []
        pages: list[HistoryPage] = []
        alerts(window).signals.announced.connect(told.append)
        alerts(window).signals.history_read.connect(pages.append)
        yield from bought(window)
        alerts(window).save_rule(level())
        value(window, "1.5")
        yield lambda: any(each.name == "My line" for each in alerts(window).view.rules)  # type: ignore[union-attr]
        assert not firing(window)
        value(window, "2.5")
        yield lambda: bool(firing(window))
        (alert,) = firing(window)
        assert (alert.token, alert.severity, alert.key.target) == (BTC3L, AlertSeverity.CRITICAL, TARGET)
        assert "150.0 %" in alert.message
        yield lambda: any(each.alert.rule == "My line" for news in told for each in news)
        (news,) = [each for news in told for each in news if each.alert.rule == "My line"]
        assert news.on_desktop
        assert news.with_sound
        alerts(window).acknowledge([alert.key])
        yield lambda: firing(window)[0].acknowledged
        value(window, "1.2")
        yield lambda: not firing(window)
        alerts(window).read_history()
        yield lambda: bool(pages)
        mine = [each for each in pages[-1].events if each.event.rule == "My line"]
        assert [each.event.fired for each in mine] == [False, True]
        assert mine[1].acknowledged_ms is not None

    assert with_window(arguments, script) == 0


def test_what_fired_goes_on_after_a_restart_and_is_not_told_twice(tmp_path: Path) -> None:
    arguments = ["--data-dir", str(tmp_path), "--offline"]

    def first(window: MainWindow) -> Iterator[Until]:
        yield from bought(window)
        alerts(window).save_rule(level())
        value(window, "2.5")
        yield lambda: bool(firing(window))
        alerts(window).snooze([firing(window)[0].key], window.desk.now_ms() + 3_600_000)
        yield lambda: firing(window)[0].snoozed_until_ms is not None

    def second(window: MainWindow) -> Iterator[Until]:
        told: list[tuple[Announcement, ...]] = []
        alerts(window).signals.announced.connect(told.append)
        yield lambda: bool(firing(window))
        (alert,) = firing(window)
        assert "150.0 %" in alert.message, "the words of the moment it began"
        assert alert.is_snoozed(window.desk.now_ms())
        value(window, "2.6")
        yield lambda: (view := window.desk.view) is not None and view.holdings[0].market_price == Decimal("2.6")
        seen_ms = alerts(window).view.as_of_ms  # type: ignore[union-attr]
        yield lambda: alerts(window).view.as_of_ms > seen_ms  # type: ignore[union-attr]
        assert not [each for news in told for each in news if each.alert.rule == "My line"]

    assert with_window(arguments, first) == 0
    assert with_window(arguments, second) == 0


def test_rules_are_switched_tried_and_deleted_and_standard_ones_do_not_come_back(tmp_path: Path) -> None:
    arguments = ["--data-dir", str(tmp_path), "--offline"]

    def script(window: MainWindow) -> Iterator[Until]:
        tried: list[RuleTrial] = []
        alerts(window).signals.tried.connect(tried.append)
        yield from bought(window)
        view = alerts(window).view
        assert view is not None
        standing = view.rules[0]
        alerts(window).save_rule(replace(standing.rule, enabled=False))
        yield lambda: not alerts(window).view.rules[0].rule.enabled  # type: ignore[union-attr]
        alerts(window).remove_rule(standing.rule.id)
        yield lambda: standing.rule.id not in {each.rule.id for each in alerts(window).view.rules}  # type: ignore[union-attr]
        alerts(window).try_rule(level())
        yield lambda: bool(tried)
        assert "cannot be tried on history" in tried[0].words, "nothing is stored of it offline"

    def later(window: MainWindow) -> Iterator[Until]:
        yield lambda: ready(window)
        view = alerts(window).view
        assert view is not None
        assert "rebalance_near" not in {each.rule.standard for each in view.rules}
        assert len(view.rules) > 10

    assert with_window(arguments, script) == 0
    assert with_window(arguments, later) == 0


def test_a_muted_target_is_listed_but_not_announced(tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Until]:
        told: list[tuple[Announcement, ...]] = []
        alerts(window).signals.announced.connect(told.append)
        yield from bought(window)
        alerts(window).mute(TARGET, None, on=True)
        yield lambda: TARGET in alerts(window).view.muted  # type: ignore[union-attr]
        alerts(window).save_rule(level())
        value(window, "2.5")
        yield lambda: bool(firing(window))
        assert firing(window)[0].is_muted
        assert not [each for news in told for each in news if each.alert.rule == "My line"]

    assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0


def test_the_history_is_written_as_csv_that_no_spreadsheet_takes_for_formulas(tmp_path: Path) -> None:
    target = tmp_path / "alerts.csv"

    def script(window: MainWindow) -> Iterator[Until]:
        yield from bought(window)
        alerts(window).save_rule(replace(level(), name="=1+1"))
        value(window, "2.5")
        yield lambda: bool(firing(window, "=1+1"))
        alerts(window).export_history(target)
        yield target.exists
        yield lambda: "'=1+1" in target.read_text(encoding="utf-8")

    assert with_window(["--data-dir", str(tmp_path), "--offline"], script) == 0
    header, *lines = target.read_text(encoding="utf-8").splitlines()
    assert header == "time,rule,kind,severity,scope,state,message,advice,seen,sent"
    assert any(",take_profit,critical,token:gate:BTC3L,fired," in line for line in lines)


def test_a_test_message_offline_says_so_and_settings_are_kept(tmp_path: Path) -> None:
    channels = AlertChannels(webhook=WebhookChannel(on=True), with_amounts=True)

    def script(window: MainWindow) -> Iterator[Until]:
        tests: list[ChannelTest] = []
        alerts(window).signals.tested.connect(tests.append)
        yield lambda: alerts(window).channels is not None
        alerts(window).test_channel(ChannelKind.WEBHOOK, channels, "https://example.org/x")
        yield lambda: bool(tests)
        assert not tests[0].is_sent
        assert "offline" in tests[0].words
        assert "example.org" not in tests[0].words
        alerts(window).save_channels(channels, {ChannelKind.WEBHOOK: "https://example.org/canary"})
        yield lambda: alerts(window).channels.channels == channels  # type: ignore[union-attr]
        assert ChannelKind.WEBHOOK in alerts(window).channels.kept  # type: ignore[union-attr]

    def later(window: MainWindow) -> Iterator[Until]:
        yield lambda: alerts(window).channels is not None
        assert alerts(window).channels.channels == channels  # type: ignore[union-attr]

    arguments = ["--data-dir", str(tmp_path), "--offline"]
    assert with_window(arguments, script) == 0
    assert with_window(arguments, later) == 0
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]


def test_an_alert_leaves_by_the_webhook_once_and_without_amounts(tmp_path: Path) -> None:
    channels = AlertChannels(webhook=WebhookChannel(on=True))

    def script(window: MainWindow) -> Iterator[Until]:
        yield from bought(window)
        yield lambda: alerts(window).channels is not None
        alerts(window).save_channels(channels, {ChannelKind.WEBHOOK: f"{posts.url}/canary"})
        yield lambda: alerts(window).channels.channels == channels  # type: ignore[union-attr]
        tests: list[ChannelTest] = []
        alerts(window).signals.tested.connect(tests.append)
        alerts(window).test_channel(ChannelKind.WEBHOOK, channels, None)
        yield lambda: bool(tests)
        assert tests[0].is_sent, tests[0].words
        posts.taken.clear()
        alerts(window).save_rule(level(channels=("webhook",)))
        value(window, "2.5")
        yield lambda: bool(mine())
        pages: list[HistoryPage] = []
        alerts(window).signals.history_read.connect(pages.append)

        def is_noted() -> bool:
            alerts(window).read_history()
            found = [each for page in pages for each in page.events if each.event.rule == "My line"]
            return any(each.deliveries == (("webhook", "sent"),) for each in found)

        yield is_noted
        value(window, "2.6")
        seen_ms = alerts(window).view.as_of_ms  # type: ignore[union-attr]
        yield lambda: alerts(window).view.as_of_ms > seen_ms  # type: ignore[union-attr]
        assert len(mine()) == 1

    def mine() -> list[str]:
        return [text for document in posts.documents if "My line" in (text := str(document))]

    with gate_desk() as gate, post_desk() as posts:
        assert with_window(["--data-dir", str(tmp_path), *gate.arguments], script) == 0
        assert "150.0 %" in mine()[0]
        assert "1240" not in mine()[0]


def test_the_demo_watches_too(tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Until]:
        yield lambda: ready(window)
        yield lambda: alerts(window).view.watching_count > 10  # type: ignore[union-attr]

    assert with_window(["--data-dir", str(tmp_path), "--demo"], script) == 0


def test_a_trial_that_nobody_waits_for_ends_at_its_next_moment() -> None:
    control = JobControl()
    local_of = _watched(control, MOMENT_MS)
    assert local_of(MOMENT_MS - 45 * 86_400_000) == local_moment(MOMENT_MS - 45 * 86_400_000)
    assert control.done_ratio == pytest.approx(0.5)
    control.cancel()
    with pytest.raises(UserError):
        local_of(MOMENT_MS)


def test_while_levdesk_watch_watches_the_window_stays_silent_and_takes_over_when_that_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levdesk.app.alert_desk.TAKE_OVER_EVERY_MS", 50)
    paths = locate(tmp_path)
    paths.create()
    other = WatchLock(paths)
    assert other.take()

    def script(window: MainWindow) -> Iterator[Until]:
        told: list[LevdeskError] = []
        window.desk.signals.act_failed.connect(told.append)
        yield lambda: bool(told)
        assert "watches these books already" in told[0].message
        yield lambda: alerts(window).view is not None  # of the rules; nothing is measured
        other.release()
        yield window_watches

    def window_watches() -> bool:
        probe = WatchLock(paths)
        if probe.take():
            probe.release()
            return False
        return True

    with_window(["--data-dir", str(tmp_path), "--offline"], script)
    assert other.take(), "a window that has closed lets go"
    other.release()


def test_an_announced_delisting_is_told_in_the_window_and_remembered(tmp_path: Path) -> None:
    """From the venue's page to the list; after a restart without a network it is still known."""
    now_s = SystemClock().now_ms() // 1000
    said = samples.ARTICLES.replace(b"1785744000", str(now_s - 3600).encode())

    def announced(window: MainWindow) -> bool:
        view = alerts(window).view
        listing = () if view is None else tuple(each for each in view.firing if each.kind is AlertKind.LISTING)
        return any("Including BTC3L”" in each.message for each in listing)

    def script(window: MainWindow) -> Iterator[Until]:
        yield from bought(window)
        yield lambda: announced(window)
        yield lambda: any("/spot/order_book" in path for path in gate.asked)
        yield lambda: any("/spot/currency_pairs" in path for path in gate.asked)

    def later(window: MainWindow) -> Iterator[Until]:
        yield lambda: announced(window)

    with gate_desk() as gate:
        gate.answers["/ann/list_article"] = (200, said)
        assert with_window(["--data-dir", str(tmp_path), *gate.arguments], script) == 0
    assert with_window(["--data-dir", str(tmp_path), "--offline"], later) == 0
    house = House(parse_command_line(["--data-dir", str(tmp_path), "--offline"]), locate(tmp_path))
    try:
        assert [one.title for one in known_marks(house)[BTC3L].notices] == [
            "Gate Will Delist 3 Leveraged ETF Tokens, Including BTC3L"
        ]
    finally:
        house.close()
