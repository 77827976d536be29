"""Every layout the two files ever had, step by step. Steps are only ever added, and none imports today's code.

A step that changes the columns of an undoable table must also rewrite the rows kept in `acts`, or close those acts
(state `dropped`), because undo puts whole rows back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations


def ledger_migrations() -> Migrations:
    """The steps of the precious file."""
    from sqlite_utils.migrations import Migrations  # late: 0.1 s, and only a new or old file needs it

    steps = Migrations("levdesk.ledger")
    steps()(m0001_ledger_initial)
    steps()(m0002_ledger_hedge_and_rebalances)
    steps()(m0003_ledger_alerts)
    return steps


def market_migrations() -> Migrations:
    """The steps of the file that can be downloaded again."""
    from sqlite_utils.migrations import Migrations

    steps = Migrations("levdesk.market")
    steps()(m0001_market_initial)
    steps()(m0002_market_hedge)
    return steps


def m0001_ledger_initial(db: Database) -> None:
    """Portfolios, transactions, instruments, acts, settings and the recorded NAV history; one empty portfolio.

    `portfolios.name_key` is the name folded for comparing, because SQLite folds ASCII only.
    `acts.changes` holds each changed row before and after; `act_events` says when it was done, undone and redone.
    """
    db.executescript(_LEDGER_0001)


def m0002_ledger_hedge_and_rebalances(db: Database) -> None:
    """The venue of a token's hedge, "" for the token's own; and the rebalances the venues told of.

    The rows kept for undo get the column too. `rebalances.until_ms` is the latest moment at which the venue still named
    that one as its last.
    """
    db.executescript(_LEDGER_0002)
    for act_id, text in db.execute("SELECT id, changes FROM acts").fetchall():
        changes = json.loads(text)
        of_tokens = [change for change in changes if change["table"] == "tokens"]
        for change in of_tokens:
            change["columns"].append("hedge_venue")
            change["rows"] = [
                [row_id, *(None if row is None else [*row, ""] for row in rows)] for row_id, *rows in change["rows"]
            ]
        if of_tokens:
            kept = json.dumps(changes, ensure_ascii=False, separators=(",", ":"))
            db.execute("UPDATE acts SET changes = ? WHERE id = ?", (kept, act_id))


def m0003_ledger_alerts(db: Database) -> None:
    """Alert rules, where each stands at each of its targets, their history, silent targets, and deliveries.

    Rules and states are JSON, read and replaced as a whole. History outlives its rule, so nothing refers to it.
    A delivery is `waiting` until it was sent, failed for good, or was dropped.
    """
    db.executescript(_LEDGER_0003)


def m0001_market_initial(db: Database) -> None:
    """Last known figures, the venues' lists, candles, funding, and the last computed view."""
    db.executescript(_MARKET_0001)


def m0002_market_hedge(db: Database) -> None:
    """The venue of a listed token's hedge, as in the ledger."""
    db.executescript("ALTER TABLE catalogue ADD COLUMN hedge_venue TEXT NOT NULL DEFAULT ''")


def _amount(column: str) -> str:
    """Refuses what is no plain decimal of zero or more; for the text of step 1, so it may never change."""
    return (
        f"CHECK ({column} GLOB '[0-9]*' AND {column} NOT GLOB '*[^0-9.]*'"
        f" AND {column} NOT GLOB '*.*.*' AND {column} NOT GLOB '*.')"
    )


_LEDGER_0001: Final = f"""
CREATE TABLE about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE portfolios (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL UNIQUE,
    cost_method TEXT NOT NULL CHECK (cost_method IN ('fifo', 'lifo', 'average'))
) STRICT;
INSERT INTO portfolios (id, name, name_key, cost_method) VALUES (1, 'Main', 'main', 'fifo');

CREATE TABLE import_batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    imported_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    row_count INTEGER NOT NULL
) STRICT;

CREATE TABLE transactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    time_ms INTEGER NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('buy', 'sell', 'subscribe', 'redeem', 'transfer_in', 'transfer_out',
                                       'merge', 'settle')),
    venue TEXT NOT NULL CHECK (venue <> ''),
    symbol TEXT NOT NULL CHECK (symbol <> ''),
    quantity TEXT {_amount("quantity")},
    price TEXT {_amount("price")},
    fee TEXT NOT NULL {_amount("fee")},
    fee_currency TEXT NOT NULL,
    note TEXT NOT NULL,
    import_batch_id INTEGER REFERENCES import_batches (id)
) STRICT;
CREATE INDEX transactions_portfolio ON transactions (portfolio_id);
CREATE INDEX transactions_batch ON transactions (import_batch_id) WHERE import_batch_id IS NOT NULL;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    venue TEXT NOT NULL CHECK (venue <> ''),
    symbol TEXT NOT NULL CHECK (symbol <> ''),
    underlying TEXT NOT NULL,
    target_leverage TEXT NOT NULL CHECK (target_leverage NOT GLOB '*[^0-9.-]*'),
    quote_currency TEXT NOT NULL,
    hedge_instrument TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('trading', 'redeem_only', 'delisted', 'settled')),
    rules TEXT NOT NULL CHECK (rules GLOB '[[]*]'),
    fees TEXT NOT NULL CHECK (fees GLOB '[[]*]'),
    provenance TEXT NOT NULL CHECK (provenance IN ('stated', 'assumed', 'user')),
    listed_ms INTEGER,
    UNIQUE (venue, symbol)
) STRICT;

CREATE TABLE acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    label TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'dropped')),
    changes TEXT NOT NULL
) STRICT;
CREATE INDEX acts_state ON acts (state, id);

CREATE TABLE act_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    act_id INTEGER NOT NULL REFERENCES acts (id),
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('done', 'undone', 'redone'))
) STRICT;
CREATE INDEX act_events_act ON act_events (act_id);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (value <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE nav_history (
    venue TEXT NOT NULL,
    symbol TEXT NOT NULL,
    ts_ms INTEGER NOT NULL,
    nav TEXT NOT NULL {_amount("nav")},
    source TEXT NOT NULL CHECK (source IN ('venue', 'manual')),
    PRIMARY KEY (venue, symbol, ts_ms)
) STRICT, WITHOUT ROWID;
"""  # noqa: S608 - our own names

_LEDGER_0002: Final = f"""
ALTER TABLE tokens ADD COLUMN hedge_venue TEXT NOT NULL DEFAULT '';

CREATE TABLE rebalances (
    venue TEXT NOT NULL,
    symbol TEXT NOT NULL,
    ts_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL CHECK (until_ms >= ts_ms),
    nav TEXT {_amount("nav")},
    PRIMARY KEY (venue, symbol, ts_ms)
) STRICT, WITHOUT ROWID;
"""

_LEDGER_0003: Final = """
CREATE TABLE alert_rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL CHECK (rule GLOB '{*}')
) STRICT;

CREATE TABLE alert_states (
    rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
    target TEXT NOT NULL CHECK (target <> ''),
    state TEXT NOT NULL CHECK (state GLOB '{*}'),
    PRIMARY KEY (rule_id, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts_ms INTEGER NOT NULL,
    rule_id INTEGER NOT NULL,
    rule TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    target TEXT NOT NULL CHECK (target <> ''),
    fired INTEGER NOT NULL CHECK (fired IN (0, 1)),
    message TEXT NOT NULL,
    advice TEXT NOT NULL,
    figures TEXT NOT NULL CHECK (figures GLOB '{*}'),
    acknowledged_ms INTEGER
) STRICT;

CREATE TABLE alert_mutes (
    target TEXT PRIMARY KEY CHECK (target <> ''),
    until_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_deliveries (
    event_id INTEGER NOT NULL REFERENCES alert_events (id) ON DELETE CASCADE,
    channel TEXT NOT NULL CHECK (channel <> ''),
    outcome TEXT NOT NULL CHECK (outcome <> ''),
    queued_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_ms INTEGER NOT NULL,
    PRIMARY KEY (event_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_deliveries_waiting ON alert_deliveries (event_id) WHERE outcome = 'waiting';
"""

_MARKET_0001: Final = """
CREATE TABLE about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quotes (
    venue TEXT NOT NULL,
    symbol TEXT NOT NULL,
    last TEXT,
    bid TEXT,
    ask TEXT,
    price_ts_ms INTEGER,
    price_source TEXT NOT NULL CHECK (price_source IN ('venue', 'manual')),
    nav TEXT,
    nav_source TEXT CHECK (nav_source IN ('venue', 'estimate', 'manual')),
    nav_ts_ms INTEGER,
    effective_leverage TEXT,
    leverage_ts_ms INTEGER,
    rebalance_nav TEXT,
    rebalance_ms INTEGER,
    underlying_price TEXT,
    underlying_ts_ms INTEGER,
    PRIMARY KEY (venue, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogue (
    venue TEXT NOT NULL,
    symbol TEXT NOT NULL,
    underlying TEXT NOT NULL,
    target_leverage TEXT NOT NULL,
    quote_currency TEXT NOT NULL,
    hedge_instrument TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('trading', 'redeem_only', 'delisted', 'settled')),
    rules TEXT NOT NULL,
    fees TEXT NOT NULL,
    provenance TEXT NOT NULL CHECK (provenance IN ('stated', 'assumed', 'user')),
    listed_ms INTEGER,
    PRIMARY KEY (venue, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE candles (
    venue TEXT NOT NULL,
    instrument TEXT NOT NULL,
    interval_s INTEGER NOT NULL,
    ts_ms INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    PRIMARY KEY (venue, instrument, interval_s, ts_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE funding (
    venue TEXT NOT NULL,
    instrument TEXT NOT NULL,
    ts_ms INTEGER NOT NULL,
    rate REAL NOT NULL,
    PRIMARY KEY (venue, instrument, ts_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    name TEXT PRIMARY KEY,
    saved_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
