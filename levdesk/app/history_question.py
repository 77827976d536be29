"""Which histories the books want: a question put in the GUI thread, and answered wherever there is time."""

from __future__ import annotations

from dataclasses import dataclass

from levdesk.app.opening import local_midnight_ms, opening_wants
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_needs import settlement_wants
from levdesk.services.books import Books
from levdesk.services.explain_input import explain_needs
from levdesk.services.history_sources import SourcesBook
from levdesk.services.sync_state import HistoryWant


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuestion:
    """What an answer rests on, as it was at one moment; nothing of it changes, whatever the window does meanwhile.

    Attributes:
        books: what is held, and was.
        sources: whose bars tell a token's past.
        now_ms: the moment.
        asked: the holding on screen, None when there is none.
    """

    books: Books
    sources: SourcesBook
    now_ms: int
    asked: TokenKey | None = None

    def of_explanations(self) -> tuple[HistoryWant, ...]:
        """What the explanations need: the holding on screen first, then what is held, then what was."""
        books = self.books
        keys = sorted(books.keys(None), key=lambda key: not books.position(key, None).quantity)
        if self.asked is not None:
            keys.insert(0, self.asked)
        wants: list[HistoryWant] = []
        for key in dict.fromkeys(keys):
            token = books.token(key)
            rows = books.transactions(key, None)
            first_ms = rows[0].draft.time_ms if rows else None
            sources = self.sources(token)
            wants += explain_needs(token, first_ms, self.now_ms, pair=sources.pair, underlying=sources.underlying)
        return tuple(dict.fromkeys(wants))

    def of_today(self) -> tuple[HistoryWant, ...]:
        """The first prices of the day, of what is held."""
        midnight_ms = local_midnight_ms(self.now_ms)
        return tuple(
            want
            for token in self.books.held_tokens(None)
            if (pair := self.sources(token).pair)
            for want in opening_wants(token, pair, midnight_ms)
        )

    def of_alerts(self) -> tuple[HistoryWant, ...]:
        """The last settlements of what is held."""
        return settlement_wants(self.books.held_tokens(None), self.now_ms)
