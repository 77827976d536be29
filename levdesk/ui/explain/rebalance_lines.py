"""The figures of the Rebalance page in words: triggers, checks, crashes and what happened before."""

from __future__ import annotations

from levdesk.domain.sources import NavSource
from levdesk.services.explained_rebalance import RebalanceEvent, RebalanceView, TriggerView
from levdesk.services.explained_split import AttributionView, Term
from levdesk.ui import format as fmt
from levdesk.ui.charts.band_gauge import BandPicture
from levdesk.ui.explain.lines import Line
from levdesk.ui.explain.page import Told
from levdesk.ui.explain.term_words import rebalances_words
from levdesk.ui.format import Figures, as_decimal
from levdesk.ui.models.titles import gap_words, perpetual_words

MODEL_OUTPUT = "Model output from the volatility measured, not a forecast."


def leverage_text(value: float | None, write: Figures) -> str:
    """Signed leverage to two digits: 3.06×."""
    return fmt.UNKNOWN if value is None else f"{write.leverage(as_decimal(value))}×"


def price_text(value: float | None, write: Figures) -> str:
    """A price of the underlying, not finer than it is known."""
    found = as_decimal(value)
    if found is not None and abs(found) >= 10_000:
        found = found.quantize(1)
    return write.price(found)


def band_picture(view: RebalanceView, underlying: str, write: Figures) -> BandPicture | None:
    """The gauge of a rule; None when it has no edge in leverage and no trigger in price."""
    sides = {abs(side.leverage): side for side in (view.lower, view.upper) if side is not None}
    target = abs(view.target_leverage)
    low, high = view.band_low, view.band_high
    low = low if low is not None else min((level for level in sides if level < target), default=None)
    high = high if high is not None else max((level for level in sides if level > target), default=None)
    if low is None and high is None:
        return None
    span = max(abs(edge - target) for edge in (low, high) if edge is not None) or 1.0
    now = view.effective_leverage
    own = None if now is None else now if view.target_leverage > 0 else -now
    low_lines = _edge_lines(low, sides, underlying, view, write)
    high_lines = _edge_lines(high, sides, underlying, view, write)
    now_text = f"{leverage_text(now, write)} now" if now is not None else "leverage not known"
    if view.leverage_estimated and now is not None:
        now_text += ", est."
    return BandPicture(
        low=low if low is not None else max(0.0, target - span),
        high=high if high is not None else target + span,
        now=own,
        target=target,
        now_text=now_text,
        target_text=f"target {write.multiple(as_decimal(view.target_leverage))}",
        low_lines=low_lines,
        high_lines=high_lines,
        spoken=f"{now_text}; target {write.multiple(as_decimal(view.target_leverage))}; "
        f"low edge {' at '.join(low_lines) or 'none'}, high edge {' at '.join(high_lines) or 'none'}.",
    )


def _edge_lines(
    level: float | None, sides: dict[float, TriggerView], underlying: str, view: RebalanceView, write: Figures
) -> tuple[str, ...]:
    if level is None:
        return ()
    sign = 1.0 if view.target_leverage > 0 else -1.0
    text = f"{write.multiple(as_decimal(sign * level)) if level == round(level, 2) else _three(sign * level, write)}"
    side = next((side for found, side in sides.items() if abs(found - level) < 1e-6 * level), None)
    if side is None or side.price is None:
        return (text,)
    return (text, f"{underlying} {price_text(side.price, write)}")


def _three(level: float, write: Figures) -> str:
    return f"{write.reading(level, 3)}×"


def trigger_lines(view: RebalanceView, told: Told) -> tuple[Line, ...]:
    """The sides, the one against the holder first, each with what it would do and how likely it is."""
    order = [(view.lower, "falls"), (view.upper, "rises")]
    if view.target_leverage < 0:
        order.reverse()
    lines: list[Line] = []
    for side, verb in order:
        if side is not None:
            lines += _side_lines(side, verb, told)
    if view.lower is not None or view.upper is not None:
        lines.append(
            Line(
                name="Chance of either within 24 h",
                figure=told.write.chance(view.chance_24h),
                tooltip=MODEL_OUTPUT
                if view.chance_24h is not None
                else "Unknown: there is no volatility to go by yet.",
            )
        )
    return tuple(lines)


def estimate_lines(view: RebalanceView, told: Told) -> tuple[Line, ...]:
    """What the distances are counted from, and how good an estimate behind them was."""
    holding = told.holding
    if holding is None:
        return ()
    lines = []
    if told.quote is not None and told.quote.underlying_price is not None:
        lines.append(
            Line(
                name=f"{told.underlying} now, {perpetual_words(told.quote.underlying_source)}".rstrip(", "),
                figure=told.write.price(told.quote.underlying_price),
                remark=fmt.age(told.quote.underlying_ts_ms, told.now_ms),
                tooltip=fmt.moment_with_zone(told.quote.underlying_ts_ms),
            )
        )
    if view.leverage_estimated or holding.nav_source is NavSource.ESTIMATE:
        error = gap_words(told.nav_gap_ratio, told.write) or "not compared with a figure of the venue yet"
        lines.append(Line(name=f"NAV est., {error}", figure=""))
    return tuple(lines)


def _side_lines(side: TriggerView, verb: str, told: Told) -> list[Line]:
    write, underlying = told.write, told.underlying
    there = f"{verb} to {price_text(side.price, write)}" if side.price is not None else verb
    near = fmt.UNKNOWN if side.sigmas is None else f"{write.reading(abs(side.sigmas), 1)} daily σ"
    share = abs(side.traded_ratio / side.leverage) if side.leverage else None
    deal = "buys" if side.traded_ratio > 0 else "sells"
    return [
        Line(
            name=f"{underlying} {there}",
            figure=write.move(side.move_ratio),
            remark=near,
            kind="loss" if side.move_ratio < 0 else "gain" if side.move_ratio > 0 else "",
            tooltip=f"{side.rule}\nEffective leverage {leverage_text(side.leverage, write)} there. "
            "Daily σ: the usual size of a day's move.",
        ),
        Line(
            name=f"NAV then, {write.ratio(side.nav_ratio, 1, signed=True)}",
            figure=write.price(as_decimal(side.nav)),
            remark=f"{deal} {write.ratio(share, 0)}",
            tooltip=f"It {deal} {write.reading(abs(side.traded_ratio), 2)} times its NAV of {underlying} then, "
            f"{write.ratio(share, 0)} of what it holds.",
            is_part=True,
        ),
        Line(
            name="Chance within 24 h",
            figure=write.chance(side.chance_24h),
            remark=f"1 h: {write.chance(side.chance_1h)}",
            tooltip=MODEL_OUTPUT,
            is_part=True,
        ),
    ]


def schedule_lines(view: RebalanceView, told: Told) -> tuple[Line, ...]:
    """The next check of the clock, and what it would do as things stand."""
    at_ms = view.next_scheduled_ms
    if at_ms is None:
        return (Line(name="Next scheduled check", figure="none", tooltip="This rule has no clock."),)
    acts = {True: "As things stand it would rebalance", False: "As things stand it would do nothing"}
    lines = [
        Line(
            name="Next scheduled check",
            figure=fmt.utc_time(at_ms),
            remark=countdown_text(at_ms, told.now_ms),
            tooltip=fmt.moment_with_zone(at_ms),
        )
    ]
    if view.scheduled_acts_now is not None:
        lines.append(Line(name=acts[view.scheduled_acts_now], figure="", is_part=True))
    return tuple(lines)


def countdown_text(at_ms: int, now_ms: int) -> str:
    """How long until then."""
    return "now" if at_ms <= now_ms else f"in {fmt.countdown(at_ms - now_ms)}"


def past_lines(view: RebalanceView, split: AttributionView | None, told: Told) -> tuple[Line, ...]:
    """A crash, the last rebalance, and all since the first purchase."""
    write = told.write
    lines: list[Line] = []
    if view.crash_ratio is not None:
        verb = "falls" if view.target_leverage > 0 else "rises"
        number = view.crash_triggers
        lines.append(
            Line(
                name=f"Rebalances if {told.underlying} {verb} {write.ratio(abs(view.crash_ratio), 0)} at once",
                figure=fmt.UNKNOWN if number is None else write.count(number),
                remark=""
                if view.crash_nav_ratio is None
                else f"NAV {write.ratio(view.crash_nav_ratio, 0, signed=True)}",
                tooltip="How many times the rule would act on the way, and what that leaves of NAV.",
            )
        )
    last = view.history[0] if view.history else None
    lines.append(
        Line(
            name=f"Last rebalance, {fmt.lately(view.last_ms, told.now_ms)}"
            if view.last_ms is not None
            else "Last rebalance",
            figure="" if view.last_ms is not None else fmt.UNKNOWN,
            remark=_change(last, write) if last is not None and last.ts_ms == view.last_ms else "",
            tooltip=fmt.moment_with_zone(view.last_ms) if view.last_ms is not None else "None is known yet.",
        )
    )
    if split is not None:
        cost = split.money(Term.REBALANCE_COST)
        lines.append(
            Line(
                name="Rebalances since you bought",
                figure=write.count(split.rebalances),
                remark=f"cost {write.money(cost, signed=True)}",
                tooltip=f"{rebalances_words(split.observed, write)} seen at the venue, the rest rebuilt.",
            )
        )
    return tuple(lines)


def history_lines(view: RebalanceView, write: Figures, at_most: int | None = None) -> tuple[Line, ...]:
    """What happened, newest first: when, why, from where to where, and how it is known."""
    return tuple(
        Line(
            name=f"{fmt.moment(event.ts_ms)} · {event.kind}",
            figure=_change(event, write),
            remark="seen" if event.observed else "rebuilt",
            tooltip=f"{fmt.moment_with_zone(event.ts_ms)}\n"
            + ("Seen at the venue." if event.observed else "Rebuilt from the underlying's history under the rule."),
        )
        for event in view.history[:at_most]
    )


def _change(event: RebalanceEvent, write: Figures) -> str:
    if event.leverage_before is None and event.leverage_after is None:
        return fmt.UNKNOWN
    sides = (write.leverage(as_decimal(each)) for each in (event.leverage_before, event.leverage_after))
    return " → ".join(sides).replace(" ", fmt.NARROW)
