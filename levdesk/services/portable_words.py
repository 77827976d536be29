"""What a person reads in a portable export: the README, and the meaning of every table and column."""

from __future__ import annotations

from typing import Final

README_TEXT: Final = """\
LevDesk portable export
=======================

Everything you entered in LevDesk, and everything it recorded that no venue offers again, as plain tables. You need no
LevDesk to read it: every .csv file opens in a spreadsheet, every .jsonl file in a text editor.

transactions.csv   what you bought, sold, subscribed, redeemed, moved and merged
portfolios.csv     your portfolios and how cost is worked out in each
tokens.csv         the leveraged tokens, with the rules and fees you corrected
nav_history.csv    NAVs as the venues stated them, or as you typed them
rebalances.csv     rebalances the venues told of
settings.jsonl     your preferences; no key, password or address of a webhook is among them
alert_*            your alerts, where they stand and what they said
acts.jsonl         every act, with each row before and after; act_events.csv says when it was done and undone
import_batches.csv which file a transaction came from

Numbers are exact: quantities, prices and fees stand with all of their digits. Times ending in _ms are milliseconds
since 1970-01-01 00:00 UTC. An empty cell is unknown or none where manifest.json says that the column may be empty.
Text that a spreadsheet would run as a formula has an apostrophe in front; take it away if you use the text elsewhere.

manifest.json names every table, its columns and their meaning, how many rows each file has, and a SHA-256 of each.

To bring it back: levdesk import-portable FILE. What is in LevDesk then is kept aside first.
"""

_TABLES: Final = {
    "transactions": "what happened, one row each",
    "portfolios": "portfolios",
    "tokens": "leveraged tokens that are held, defined or corrected",
    "import_batches": "imported files",
    "nav_history": "net asset values of one unit, as stated",
    "rebalances": "rebalances of a token's basket, as told by its venue",
    "settings": "preferences, each value as JSON",
    "acts": "acts on the books, each with its row changes as JSON",
    "act_events": "when acts were done, undone and done again",
    "alert_rules": "alert rules as JSON",
    "alert_states": "where each rule stands at each of its targets, as JSON",
    "alert_events": "what alerts said",
    "alert_mutes": "targets that are silent for a while",
    "alert_deliveries": "what was sent where",
}
_COLUMNS: Final = {
    "id": "number of the row, never used twice",
    "portfolio_id": "id in portfolios",
    "time_ms": "when it happened",
    "type": "buy, sell, subscribe, redeem, transfer_in, transfer_out, merge or settle",
    "venue": "short name of the venue",
    "symbol": "the token's symbol there",
    "quantity": "units; of a merge, old units for one new; empty = all",
    "price": "quote currency for one unit",
    "fee": "the trading fee",
    "fee_currency": "what it was paid in; empty = quote currency",
    "note": "your words",
    "import_batch_id": "id in import_batches",
    "name": "its name",
    "name_key": "the name folded for comparing",
    "cost_method": "fifo, lifo or average",
    "underlying": "the coin it follows",
    "target_leverage": "the multiple it aims at; negative = short",
    "quote_currency": "what it is priced in",
    "hedge_instrument": "the perpetual in its basket",
    "hedge_venue": "where that is traded; empty = the token's venue",
    "status": "trading, redeem_only, delisted or settled",
    "rules": "dated rebalance rules as JSON",
    "fees": "dated fees as JSON",
    "provenance": "stated by the venue, assumed, or by the user",
    "listed_ms": "when it was first traded",
    "imported_ms": "when it was imported",
    "source": "where it came from",
    "row_count": "rows it had",
    "ts_ms": "moment",
    "until_ms": "latest moment it is known to hold",
    "nav": "net asset value of one unit",
    "label": "the act in words",
    "state": "how it stands",
    "changes": "rows before and after, as JSON",
    "act_id": "id in acts",
    "at_ms": "when",
    "event": "done, undone or redone",
    "value": "as JSON",
}


def meaning(table: str, column: str) -> str:
    """What a column means, or the table itself for ""; "" when nobody wrote it down."""
    return _COLUMNS.get(column, "") if column else _TABLES.get(table, "")
