"""Cells of one row of a transaction file to a draft, or to the reasons why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from levdesk.domain.draft_rules import draft_problems
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.money import ONE, ZERO, parse_decimal
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.csv_format import parse_time, unguard_note
from levdesk.services.csv_rows import CsvRow
from levdesk.services.naming import guess_token

T = TypeVar("T")
TokenFinder = Callable[[TokenKey], LeveragedToken | None]

_VENUE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.]{0,39}")
_QUOTE = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_PAIR = re.compile(r"(?P<symbol>.+)[_/-](?P<quote>[^_/-]+)")
_TYPES = {kind.value: kind for kind in TransactionType}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of the file that is sound by itself.

    Attributes:
        line: where it starts in the file, counted from 1.
        draft: what it says.
    """

    line: int
    draft: TransactionDraft


@dataclass(slots=True)
class TokenBook:
    """Which instrument a venue and a symbol mean, in whatever way the symbol is spelt.

    Attributes:
        known: instruments of the books.
        find: looks a token up in the venues' lists.
        first_used: instruments met here that the books do not have, by key.
        unread: those of them whose names tell neither underlying nor multiple.
    """

    known: Mapping[TokenKey, LeveragedToken]
    find: TokenFinder
    first_used: dict[TokenKey, LeveragedToken] = field(default_factory=dict)
    unread: dict[TokenKey, LeveragedToken] = field(default_factory=dict)
    _answers: dict[tuple[str, str], LeveragedToken | str] = field(default_factory=dict)

    def look_up(self, venue_text: str, symbol_text: str) -> LeveragedToken:
        """The instrument.

        Raises:
            ValueError: with the reason as a sentence.
        """
        spelling = (venue_text.strip().lower(), symbol_text.strip().upper())
        answer = self._answers.get(spelling)
        if answer is None:
            answer = self._answers[spelling] = self._resolve(*spelling)
        if isinstance(answer, str):
            raise ValueError(answer)
        return answer

    def _resolve(self, venue: str, name: str) -> LeveragedToken | str:
        if not venue:
            return "The venue is missing."
        if not _VENUE.fullmatch(venue):
            return f"“{venue[:40]}” is not the short name of a venue, such as gate."
        if not name:
            return "The symbol is missing."
        listed = self._listed(TokenKey(venue, name))
        if listed is not None:
            return listed
        pair = _PAIR.fullmatch(name)
        symbol, quote = (pair["symbol"], pair["quote"]) if pair else (name, "")
        token = self._listed(TokenKey(venue, symbol)) or self._guessed(TokenKey(venue, symbol), quote)
        if token is None:
            return f"“{name[:40]}” at {venue} cannot be the symbol of a token."
        if quote and quote != token.quote_currency:
            return f"{symbol} at {venue} is quoted in {token.quote_currency}, not in {quote[:40]}."
        return token

    def _listed(self, key: TokenKey) -> LeveragedToken | None:
        token = self.known.get(key) or self.first_used.get(key)
        if token is None:
            token = self.find(key)
            if token is not None:
                self.first_used[key] = token
        return token

    def _guessed(self, key: TokenKey, quote: str) -> LeveragedToken | None:
        if not _SYMBOL.fullmatch(key.symbol) or (quote and not _QUOTE.fullmatch(quote)):
            return None
        token = guess_token(key, quote or "USDT")
        if token is None:
            # A row that happened is kept even when its name tells nothing: only the multiple waits to be corrected.
            token = LeveragedToken(key=key, underlying=key.symbol, target_leverage=ONE, quote_currency=quote or "USDT")
            self.unread[key] = token
        self.first_used[key] = token
        return token


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What became of a row.

    Attributes:
        row: the sound row, or None.
        key: the token it names, where that could be read.
        problems: everything that is wrong with it.
    """

    row: ImportRow | None
    key: TokenKey | None
    problems: tuple[Problem, ...]


def read_row(row: CsvRow, tokens: TokenBook, *, now_ms: int, source: str) -> ReadRow:
    """The draft a row describes, or everything that is wrong with it."""
    cells = _CellReader(row.cells)
    time_ms, kind, token = cells.read("time", parse_time), cells.read("type", _type), cells.token(tokens)
    quantity, price, fee = cells.number("quantity"), cells.number("price"), cells.number("fee")
    reasons = cells.reasons
    if time_ms is not None and kind is not None and token is not None and not reasons:
        draft = TransactionDraft(
            time_ms=time_ms,
            type=kind,
            key=token.key,
            quantity=quantity,
            price=price,
            fee=ZERO if fee is None else fee,
            fee_currency=row.cells["fee_currency"].strip().upper(),
            note=unguard_note(row.cells["note"]),
        )
        reasons = [(problem.code, problem.message) for problem in draft_problems(draft, token.quote_currency, now_ms)]
        if not reasons:
            return ReadRow(ImportRow(row.line, draft), token.key, ())
    problems = tuple(
        Problem(severity=Severity.ERROR, code=code, message=message, source=source, line=row.line)
        for code, message in reasons
    )
    return ReadRow(None, token.key if token is not None else None, problems)


class _CellReader:
    """Reads cells one by one and collects what is wrong as (code, sentence)."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.reasons: list[tuple[str, str]] = []
        self._cells = cells

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """The cell's value, or None and a reason; `parse` tells the reason as "is …" or "“x” is …"."""
        try:
            return parse(self._cells[name])
        except ValueError as error:
            self.reasons.append((f"draft_{name}", f"The {name} {error}."))
            return None

    def number(self, name: str) -> Decimal | None:
        """The cell's number, or None when it is empty; whether it may be is for the draft's rules to say."""
        return self.read(name, _number) if self._cells[name].strip() else None

    def token(self, tokens: TokenBook) -> LeveragedToken | None:
        """The instrument that venue and symbol name together."""
        try:
            return tokens.look_up(self._cells["venue"], self._cells["symbol"])
        except ValueError as error:
            self.reasons.append(("draft_token", str(error)))
            return None


def _number(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        if "," in text:
            raise ValueError(f"{error}; decimals stand after a point, thousands have no sign") from None
        raise


def _type(text: str) -> TransactionType:
    word = text.strip().lower()
    if not word:
        raise ValueError("is missing")
    kind = _TYPES.get(word)
    if kind is None:
        raise ValueError(f"“{text.strip()[:40]}” is none of {', '.join(_TYPES)}")
    return kind
