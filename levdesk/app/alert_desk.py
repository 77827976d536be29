"""The alerts behind the window: looks once a second in the job pool, keeps what came of it, and has the person told.

The rooms of this trade: `alert_turn` (one look), `alert_acts` (what a person does), `alert_delivery` (what leaves the
computer), `alert_trials` (rules tried on history). This one turns the wheel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.alert_acts import AlertActs
from levdesk.app.alert_delivery import AlertDelivery
from levdesk.app.alert_stands import is_different, with_numbers
from levdesk.app.alert_trials import AlertTrials
from levdesk.app.alert_turn import Given, Lookout, Remembered, Seen, again_after_ms, held_keys
from levdesk.app.alerts_house import AlertsHouse, last_told
from levdesk.app.watch_lists import known_marks
from levdesk.domain.alerts import AlertRule
from levdesk.domain.errors import LevdeskError, UserError
from levdesk.domain.instruments import TokenKey
from levdesk.io.watch_lock import WatchLock
from levdesk.runtime.jobs import JobControl
from levdesk.services.alert_listing_codec import STORED_UNDER, marks_to_json
from levdesk.services.alert_needs import AlertNeeds, alert_needs
from levdesk.services.alert_ports import StoredEvent, WatchKey
from levdesk.services.alert_view import AlertsView
from levdesk.services.explained import ExplainedHolding
from levdesk.services.outbox import is_muted

if TYPE_CHECKING:
    from levdesk.app.engine import Engine
    from levdesk.ui.alerts.desk import AlertSignals

LOOK_EVERY_MS: Final = 1_000
EXPLAIN_EVERY_MS: Final = 60_000
EXPLAIN_SOON_MS: Final = 5_000
TAKE_OVER_EVERY_MS: Final = 5_000
Explained = Mapping[tuple[int | None, TokenKey], ExplainedHolding]


class AlertDesk(QObject):
    """Owns rules and standings as the window sees them; lives in the GUI thread.

    Attributes:
        engine: what the alerts are measured from.
        signals: where answers go.
        house: the alerts' files and ways out.
        view: how the alerts stand; None until the rules have been read.
        rules: by id.
        muted: silent targets.
        acts, delivery, trials: the trades of this desk.
    """

    def __init__(self, engine: Engine, signals: AlertSignals) -> None:
        super().__init__(engine)
        self.engine = engine
        self.signals = signals
        self.house = AlertsHouse.of(engine.house)
        self.view: AlertsView | None = None
        self.rules: dict[int, AlertRule] = {}
        self.muted: dict[str, int | None] = {}
        self.told: dict[WatchKey, StoredEvent] = {}
        self.acts = AlertActs(self)
        self.delivery = AlertDelivery(self)
        self.trials = AlertTrials(self)
        self._lookout: Lookout | None = None
        self._snoozed: Mapping[WatchKey, int] = {}
        self._kept_now: dict[WatchKey, StoredEvent] = {}
        self._explained: Explained = {}
        self._changes: list[tuple[WatchKey, Mapping[str, object]]] = []
        self._rules_are_new = False
        self._is_looking = self._is_reading = self._is_stopped = self._is_wanted_again = False
        self._lock = WatchLock(engine.house.paths, or_without=True)
        self._is_watching = False
        self._take_over = self._timer(TAKE_OVER_EVERY_MS, self._try_to_watch)
        self._beat = self._timer(LOOK_EVERY_MS, self.look)
        self._begun_ms = engine.house.clock.now_ms()
        self._explained_ms = 0
        self._explain = self._timer(EXPLAIN_EVERY_MS, self._explain_again)
        self._soon = self._timer(EXPLAIN_SOON_MS, self._explain_all)
        self._soon.setSingleShot(True)

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Read the rules, then look."""
        signals = self.engine.signals
        signals.books_changed.connect(self.read_rules)
        self.read_rules()
        self._soon.start()
        self._try_to_watch()
        if not self._is_watching and not self._is_stopped:
            words = "“levdesk watch” watches these books already, so this window warns of nothing."
            self.engine.fail(UserError(words, hint="When it ends, the window takes over by itself."))
            self._take_over.start()

    @Slot()
    def _try_to_watch(self) -> None:
        """Watch as soon as nobody else does: two at once would tell everything twice."""
        try:
            self._is_watching = self._lock.take()
        except LevdeskError as error:
            self._is_stopped = True  # without its lock nobody knows who else tells
            self._take_over.stop()
            self.engine.fail(error)
            return
        if self._is_watching:
            self._take_over.stop()
            self._want_what_they_need()
            self._beat.start()
            self._explain.start()
            self.delivery.start()

    def stop(self) -> None:
        """Look and deliver no more; what waits goes out at the next start."""
        self._is_stopped = True
        for timer in (self._beat, self._explain, self._soon, self._take_over):
            timer.stop()
        if self._is_watching:
            self.delivery.stop()
        self._lock.release()

    # -- rules -------------------------------------------------------------------------------------------------

    @Slot()
    def read_rules(self, _change: object = None) -> None:
        """Read rules and mutes; the standard rules come with the first holding."""
        if self._is_reading or self._is_stopped:
            return
        self._is_reading = True
        books, house, is_first = self.engine.books, self.house, self._lookout is None

        def work(_control: JobControl) -> Remembered:
            stored = house.read_alerts(books)
            if not is_first:
                return Remembered(stored=stored)
            return Remembered(stored=stored, told=last_told(house), marks=known_marks(house.house))

        def done(read: Remembered) -> None:
            self._is_reading = False
            if self._lookout is None:
                self._begin(read)
            self.muted = dict(read.stored.muted)
            self.set_rules({rule.id: rule for rule in read.stored.rules})
            self._soon.start()

        def failed(error: LevdeskError) -> None:
            self._is_reading = False
            self.engine.fail(error)

        self.engine.runner.run("Reading the alert rules", work, done, failed, quiet=True)

    def _begin(self, remembered: Remembered) -> None:
        self.told = dict(remembered.told)
        house = self.engine.house
        self._lookout = Lookout(house.stores.market, remembered, house.clock.now_ms())

    def set_rules(self, rules: dict[int, AlertRule]) -> None:
        """Watch these from the next look on."""
        if rules != self.rules:
            self.rules, self._rules_are_new = rules, True
            self._want_what_they_need()
        self.look()

    def _want_what_they_need(self) -> None:
        """Who does not watch needs nothing fetched."""
        needs = alert_needs(self.rules.values()) if self._is_watching else AlertNeeds()
        self.engine.market.want_for_alerts(needs)

    def note(self, keys: tuple[WatchKey, ...], **change: object) -> None:
        """The person did something about alerts: the next look takes it up."""
        self._changes += [(key, change) for key in keys]
        self.look()

    # -- looking -----------------------------------------------------------------------------------------------

    @Slot()
    def look(self) -> None:
        """Measure everything, unless that is under way; what comes meanwhile is taken up by the next look.

        Where another program watches, only rules and mutes are worked out for the screen.
        """
        lookout = self._lookout
        if lookout is None or self._is_stopped:
            return
        if self._is_looking:
            self._is_wanted_again = True
            return
        given = self._given()
        self._is_looking, self._rules_are_new, self._is_wanted_again = True, False, False
        self._changes, self._kept_now = [], {}

        def work(_control: JobControl) -> Seen:
            return lookout.look(given)

        def failed(error: LevdeskError) -> None:
            self._is_looking = False
            self.engine.fail(error)

        self.engine.runner.run("Looking at the alerts", work, self._seen, failed, quiet=True)

    def _given(self) -> Given:
        engine = self.engine
        market, books = engine.market, engine.books
        return Given(
            now_ms=engine.house.clock.now_ms(),
            books=books,
            quotes=dict(market.quotes),
            perpetuals=dict(market.perpetuals),
            health=market.health(),
            doubts=tuple(problem for problem in market.problems() if ":" in problem.source),
            explained=self._explained,
            sources={key: market.sources(books.token(key)) for key in held_keys(books)},
            rules=tuple(self.rules.values()) if self._rules_are_new else None,
            changes=tuple(self._changes),
            muted=dict(self.muted),
            kept=self._kept_now,
            order_books=dict(market.future.books),
            lists=market.future.drain() if self._is_watching else (),
            is_watching=self._is_watching,
        )

    def _seen(self, seen: Seen) -> None:
        self._is_looking = False
        self._snoozed = seen.snoozed
        turn, runner = seen.turn, self.engine.runner
        if seen.marks is not None:
            stored: dict[str, object] = {STORED_UNDER: marks_to_json(seen.marks)}
            runner.watch(self.engine.house.stores.settings.save_settings(stored), _ignore, self.engine.fail)
        if turn.states or turn.events:
            sendings = self.delivery.sendings_of(turn.events)
            saved = self.house.store.save_turn(turn.states, turn.events, sendings)
            runner.watch(saved, lambda ids: self._kept(seen, ids), lambda error: self._not_kept(seen, error))
        if not turn.events and (is_different(seen.view, self.view) or self._is_due(seen.view)):
            self._show(seen.view)
        if self._changes or self._rules_are_new or self._is_wanted_again:
            self.look()

    def _is_due(self, view: AlertsView) -> bool:
        """Whether words about time may have changed."""
        return self.view is None or view.as_of_ms - self.view.as_of_ms >= 5 * LOOK_EVERY_MS

    def _kept(self, seen: Seen, ids: tuple[int, ...]) -> None:
        fired = {
            WatchKey(event.rule_id, event.target): StoredEvent(id=number, event=event)
            for event, number in zip(seen.turn.events, ids, strict=True)
            if event.fired
        }
        self.told |= fired
        self._kept_now |= fired
        if seen.turn.events:
            self._show(with_numbers(seen.view, fired))
        self.delivery.announce(tuple(fired))
        self.delivery.deliver()

    def _not_kept(self, seen: Seen, error: LevdeskError) -> None:
        """The person is warned all the same."""
        self.engine.fail(error)
        self._show(seen.view)

    def _show(self, view: AlertsView) -> None:
        """Tell the window how the alerts stand."""
        self.view = view
        self.signals.changed.emit(view)

    def is_quiet(self, key: WatchKey) -> bool:
        """Whether the person does not want to be told of a target, or of a rule there, just now."""
        now_ms = self.engine.house.clock.now_ms()
        until_ms = self.snoozed_until_ms(key)
        return is_muted(self.muted, key.target, now_ms) or (until_ms is not None and now_ms < until_ms)

    def snoozed_until_ms(self, key: WatchKey) -> int | None:
        """Until when a rule is put off at a target, or None."""
        return self._snoozed.get(key)

    # -- histories ---------------------------------------------------------------------------------------------

    @Slot()
    def _explain_again(self) -> None:
        """Once a minute: whether what rests on histories is to be worked out anew."""
        now_ms = self.engine.house.clock.now_ms()
        if not 0 <= now_ms - self._explained_ms < again_after_ms(now_ms - self._begun_ms):
            self._explain_all()

    @Slot()
    def _explain_all(self) -> None:
        """Work out what rests on histories, for every portfolio that a rule is for."""
        engine = self.engine
        books, quotes, house = engine.books, dict(engine.market.quotes), engine.house
        now_ms = house.clock.now_ms()
        known = {portfolio.id for portfolio in books.portfolios}
        scopes = {one for rule in self.rules.values() if (one := rule.scope.portfolio_id) in known and one is not None}
        if self._is_stopped or not books.keys(None):
            return
        self._explained_ms = now_ms

        def work(control: JobControl) -> Explained:
            from levdesk.app.explain_report import explain_all  # late: numpy

            found: dict[tuple[int | None, TokenKey], ExplainedHolding] = {}
            for one in (None, *sorted(scopes)):
                if control.cancelled:
                    break
                for key, explained in explain_all(house, books, one, quotes, now_ms).items():
                    found[one, key] = explained
            return found

        def done(found: Explained) -> None:
            self._explained = found

        engine.runner.run("Measuring for the alerts", work, done, engine.fail, quiet=True)


def _ignore(_result: object) -> None:
    """Nothing to do: the future's failure is what matters."""
