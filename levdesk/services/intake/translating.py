"""Rows of a foreign file to the cells of a transaction file; whether they are sound is judged elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.money import divide, parse_decimal, to_text
from levdesk.domain.problems import Problem, Severity
from levdesk.services.csv_format import COLUMNS, unguard_note
from levdesk.services.csv_rows import CsvRow
from levdesk.services.intake.cells import TYPE_WORDS, moment_text, split_amount, split_pair, word_key
from levdesk.services.intake.choices import ColumnMapping, Field, FileShape
from levdesk.services.intake.detecting import header_key
from levdesk.services.intake.text import NumberedRow
from levdesk.services.naming import read_name

MOST_ROWS: Final = 3_000_000
_MOST_WORDS: Final = 20
_INCOMING: Final = frozenset({"buy", "subscribe", "transfer_in"})
_NO_FIGURE: Final = frozenset({"", "-", "--", "—", "n/a", "none", "null", "nan"})

IsListed = Callable[[TokenKey], bool]


@dataclass(slots=True)
class Tally:
    """What the translation met, counted while it runs."""

    rows_read: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    foreign_fees: Counter[str] = field(default_factory=Counter)
    unknown_words: dict[str, None] = field(default_factory=dict)


class Translator:
    """Reads rows under one shape and one mapping.

    Args:
        headers: the columns of the file.
        shape: how it is written.
        mapping: what the columns mean.
        is_listed: whether a token is known by a list or the books.
        source: the file, for problems.
    """

    def __init__(
        self, headers: Sequence[str], shape: FileShape, mapping: ColumnMapping, is_listed: IsListed, source: str
    ) -> None:
        keys = [header_key(header) for header in headers]
        self.tally = Tally()
        self._at = {
            said: keys.index(header_key(header)) for said, header in mapping.columns if header_key(header) in keys
        }
        self._shape = shape
        self._mapping = mapping
        self._is_listed = is_listed
        self._source = source
        self._words = {**TYPE_WORDS, **{word_key(word): ours for word, ours in mapping.words}}
        self._pairs: dict[tuple[str, str], tuple[str, str, bool]] = {}

    def rows(self, numbered: Iterable[NumberedRow]) -> Iterator[CsvRow | Problem]:
        """Each row in the words of a transaction file, or why it is none; rows left out on purpose are only counted."""
        for line, cells in islice(numbered, MOST_ROWS + 1):
            if self.tally.rows_read >= MOST_ROWS:
                yield self._problem(line, "too_many_rows", f"Rows from here on are more than {MOST_ROWS:,}.")
                return
            self.tally.rows_read += 1
            if isinstance(cells, str):
                yield self._problem(line, "row_unreadable", cells)
                continue
            try:
                row = self._row(line, cells)
            except ValueError as error:
                yield self._problem(line, "row_unreadable", f"The time {error}.")
            else:
                if row is not None:
                    yield row

    def _problem(self, line: int, code: str, message: str) -> Problem:
        return Problem(severity=Severity.ERROR, code=code, message=message, source=self._source, line=line)

    def _cell(self, cells: Sequence[str], said: Field) -> str:
        at = self._at.get(said, -1)
        return cells[at].strip() if 0 <= at < len(cells) else ""

    def _row(self, line: int, cells: Sequence[str]) -> CsvRow | None:
        venue = (self._cell(cells, Field.VENUE) or self._mapping.venue).strip().lower()
        name = self._cell(cells, Field.SYMBOL)
        base, quote, is_ours = self._pair(venue, name)
        if not is_ours:
            self.tally.skipped[(f"{base}/{quote}" if quote else base)[:40] or "rows without a symbol"] += 1
            return None
        quantity, _ = self._amount(cells, Field.QUANTITY, base)
        if self._mapping.only_leveraged and quantity and not quantity.strip("0.,"):
            self.tally.skipped["orders that were not filled"] += 1
            return None
        kind = self._kind(cells)
        price = self._price(cells, quantity, base)
        fee, coin, remark = self._fee(cells, kind, base, quote)
        note = unguard_note(self._cell(cells, Field.NOTE))
        written = {
            "time": self._time(cells),
            "type": kind,
            "venue": venue,
            "symbol": f"{base}_{quote}" if quote else base,
            "quantity": quantity,
            "price": price,
            "fee": fee,
            "fee_currency": coin,
            "note": f"{note} ({remark})".strip() if remark and note else remark or note,
        }
        return CsvRow(line, dict.fromkeys(COLUMNS, "") | written)

    def _time(self, cells: Sequence[str]) -> str:
        text = self._cell(cells, Field.TIME)
        if Field.CLOCK in self._at:
            text = f"{text} {self._cell(cells, Field.CLOCK)}"
        return moment_text(text, self._shape.date_order, self._shape.zone_min)

    def _pair(self, venue: str, name: str) -> tuple[str, str, bool]:
        """(base, quote, whether rows of it are taken)."""
        known = self._pairs.get((venue, name))
        if known is None:
            symbol = name.upper()
            if self._is_listed(TokenKey(venue, symbol)) or read_name(TokenKey(venue, symbol)) is not None:
                known = (symbol, "", True)
            else:
                base, quote = split_pair(name)
                key = TokenKey(venue, base)
                leveraged = read_name(key) is not None or self._is_listed(key)
                known = (base, quote, leveraged or not self._mapping.only_leveraged)
                if not leveraged and not self._mapping.only_leveraged:
                    known = (symbol, "", True)
            if len(self._pairs) < 100_000:
                self._pairs[venue, name] = known
        return known

    def _amount(self, cells: Sequence[str], said: Field, base: str) -> tuple[str, str]:
        text = self._cell(cells, said)
        return ("", "") if text.lower() in _NO_FIGURE else split_amount(text, self._shape.decimal_mark, base)

    def _kind(self, cells: Sequence[str]) -> str:
        word = self._cell(cells, Field.TYPE)
        ours = self._words.get(word_key(word))
        if ours is None and word and len(self.tally.unknown_words) < _MOST_WORDS:
            self.tally.unknown_words[word[:40]] = None
        return word if ours is None else ours

    def _price(self, cells: Sequence[str], quantity: str, base: str) -> str:
        price, _ = self._amount(cells, Field.PRICE, base)
        if price or Field.TOTAL not in self._at:
            return price
        total, _ = self._amount(cells, Field.TOTAL, base)
        try:
            return to_text(divide(abs(parse_decimal(total)), abs(parse_decimal(quantity))))
        except (ValueError, ArithmeticError):
            return ""

    def _fee(self, cells: Sequence[str], kind: str, base: str, quote: str) -> tuple[str, str, str]:
        """(fee, its currency, what to note when it cannot be booked as a fee)."""
        fee, unit = self._amount(cells, Field.FEE, base)
        coin = (self._cell(cells, Field.FEE_CURRENCY) or unit).upper()
        if not fee.strip("0.,-+"):
            return fee, "", ""
        if self._shape.fees_negative:
            fee = fee.removeprefix("-")
        if not coin and self._mapping.fee_in_received:
            coin = base if kind in _INCOMING else ""
        if coin and quote and coin not in {base, quote}:
            self.tally.foreign_fees[coin[:20]] += 1
            return "", "", f"fee {fee} {coin}"
        return fee, coin, ""
