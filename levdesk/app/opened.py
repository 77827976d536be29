"""Reads everything the engine needs, in a job, while the window already stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levdesk.app.catalogue import LISTED
from levdesk.app.command_line import Options
from levdesk.app.demo import open_house
from levdesk.app.engine import SELECTED, Opened
from levdesk.app.house import Failure, House, Notice, UnsavedNotice
from levdesk.app.market_desk import StoredMarket
from levdesk.domain.errors import LevdeskError, StoreUnavailable
from levdesk.services.ports import Clock

if TYPE_CHECKING:
    from levdesk.simulator.demo import Demo


def open_everything(
    options: Options,
    *,
    on_failure: Failure,
    on_problem: Notice,
    on_unsaved: UnsavedNotice | None = None,
    clock: Clock | None = None,
) -> Opened:
    """Open the house, read books, preferences and last known figures; by the system's clock when None is given.

    Raises:
        LevdeskError: the files cannot be used.
    """
    house, demo = open_house(options, clock=clock, on_failure=on_failure, on_problem=on_problem, on_unsaved=on_unsaved)
    try:
        return _read_all(house, demo)
    except LevdeskError:  # nobody will close what nobody was given
        if demo is not None:
            demo.stop()
        house.close()
        raise


def _read_all(house: House, demo: Demo | None) -> Opened:
    house.stores.writer.prepare()
    try:
        return _read(house, demo)
    except StoreUnavailable:
        house.stores.writer.flush()  # by then it keeps in memory what cannot be read here, and that can be read
        return _read(house, demo)


def _read(house: House, demo: Demo | None) -> Opened:
    books = house.read_books()
    books.work_out(None)  # here, not in the window's thread
    settings, problems = house.read_settings()
    kept = house.stores.settings.read_settings()
    selected, listed_ms = kept.get(SELECTED), kept.get(LISTED)
    house.venues(settings)  # imports every adapter here, not in the window's thread
    market = StoredMarket(
        quotes=house.stores.market.read_quotes(),
        catalogue=tuple(map(house.registry.complete_token, house.stores.market.read_catalogue())),
        listed_ms={name: ms for name, ms in listed_ms.items() if isinstance(ms, int)}
        if isinstance(listed_ms, dict)
        else {},
    )
    return Opened(
        house=house,
        demo=demo,
        books=books,
        settings=settings,
        selected=selected if isinstance(selected, int) else None,
        market=market,
        problems=problems,
    )
