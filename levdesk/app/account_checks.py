"""Asks what kept keys may do: at each start, and when one is new. What is not as it should be is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from levdesk.domain.problems import Problem, Severity

if TYPE_CHECKING:
    from levdesk.app.account_desk import LiveAccounts
    from levdesk.app.account_house import AccountHouse
    from levdesk.app.engine import Engine
    from levdesk.domain.errors import LevdeskError
    from levdesk.services.accounts import KeyCheck
    from levdesk.services.accounts_view import AccountsView


class KeyChecks:
    """Checks for the account desk; a key that may take money out by now is thrown away."""

    def __init__(self, desk: LiveAccounts) -> None:
        self._desk = desk

    def check_kept(self) -> None:
        """Ask what each kept key may do now, as at each start."""

        def work(house: AccountHouse, _engine: Engine) -> tuple[AccountsView | None, tuple[str, ...]]:
            known = () if house.closed_words else house.known()
            return (house.view(self._desk.view) if known else None), known  # without a key no keyring is looked for

        def done(found: tuple[AccountsView | None, tuple[str, ...]]) -> None:
            if found[0] is not None:
                self._desk.show(found[0])
            for venue in found[1]:
                self.check(venue)

        self._desk.run("Looking for keys", work, done, quiet=True)

    def check(self, venue: str) -> None:
        """Ask what a kept key may do, and tell what is not as it should be."""

        def done(check: KeyCheck) -> None:
            self._checked(venue, check)

        def failed(error: LevdeskError) -> None:
            self._troubled(venue, f"{error.message} {error.hint}".strip())

        self._desk.run(
            "Checking a key",
            lambda house, engine: house.check_kept(venue, engine.settings),
            done,
            failed=failed,
            quiet=True,
        )

    def _checked(self, venue: str, check: KeyCheck) -> None:
        from levdesk.services.accounts import Verdict
        from levdesk.services.accounts_view import KeyPlace

        if self._desk.view is None:
            return
        is_refused = check.verdict is Verdict.REFUSED
        trouble = f"{check.words} It was thrown away." if is_refused else ""
        states = tuple(
            replace(
                state,
                check=None if is_refused else check,
                trouble=trouble,
                place=KeyPlace.NOWHERE if is_refused else state.place,
            )
            if state.venue == venue
            else state
            for state in self._desk.view.accounts
        )
        self._desk.show(replace(self._desk.view, accounts=states))
        state = self._desk.view.of(venue)
        if state is not None and check.verdict in {Verdict.REFUSED, Verdict.WARNED}:
            severity = Severity.ERROR if is_refused else Severity.WARNING
            self._notice(severity, f"{state.title}: {trouble or check.words}", venue)

    def _troubled(self, venue: str, words: str) -> None:
        if self._desk.view is None:
            return
        states = tuple(
            replace(state, trouble=words) if state.venue == venue else state for state in self._desk.view.accounts
        )
        self._desk.show(replace(self._desk.view, accounts=states))
        state = self._desk.view.of(venue)
        if state is not None:
            self._notice(Severity.WARNING, f"The key of {state.title} could not be checked: {words}", venue)

    def _notice(self, severity: Severity, message: str, venue: str) -> None:
        problem = Problem(severity=severity, code="account_key", message=message, source=f"{venue}:account")
        self._desk.do(lambda engine: engine.add_problem(problem))
