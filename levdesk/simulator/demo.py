"""The demo: a market with a story, served on loopback, and what its holder did.

`start_demo` is all the front door calls. Nothing here needs a network; the history is made when it is first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from levdesk.services.ports import Clock
from levdesk.simulator.clock import ScaledClock
from levdesk.simulator.demo_story import DemoStory, demo_story
from levdesk.simulator.every_venue import every_dialect
from levdesk.simulator.faults import FaultPlan
from levdesk.simulator.listing import STANDARD, CompleteToken, seeded_market
from levdesk.simulator.market import Market
from levdesk.simulator.paths import MINUTE_MS
from levdesk.simulator.scenario import HALF_A_YEAR, Approach, Scenario
from levdesk.simulator.server import SimulatorServer

DEMO_SEED: Final = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Cliffhanger:
    """How the story ends at the anchor: one token close to its trigger.

    Attributes:
        symbol: the token.
        leverage: signed effective leverage it is brought to.
        minutes: length of the move that brings it there.
    """

    symbol: str
    leverage: float
    minutes: int


CLIFFHANGER: Final = Cliffhanger(symbol="DOGE5S", leverage=-6.5, minutes=360)


def demo_market(complete: CompleteToken, *, anchor_ms: int, seed: int = DEMO_SEED) -> Market:
    """The demo's market: the standard one, bent at its end so that one 5× short stands close to its trigger."""
    plain = seeded_market(complete, seed=seed, anchor_ms=anchor_ms)
    bent = _bent(plain, HALF_A_YEAR, CLIFFHANGER)
    return seeded_market(complete, seed=seed, anchor_ms=anchor_ms, scenario=bent)


def _bent(plain: Market, scenario: Scenario, end: Cliffhanger) -> Scenario:
    """The scenario with the move of the underlying that takes the token from where it is to where it shall be."""
    from levdesk.domain.rebalance import trigger_move

    pair = plain.pair(f"{end.symbol}_USDT")
    assert pair is not None
    assert pair.token is not None
    begin_ms = plain.anchor_ms // MINUTE_MS * MINUTE_MS - end.minutes * MINUTE_MS
    leverage = pair.token.state_at(begin_ms).basket.leverage
    approach = Approach(
        underlying=pair.token.spec.underlying,
        minutes=end.minutes,
        move_ratio=trigger_move(leverage, end.leverage),
    )
    return replace(scenario, approaches=(*scenario.approaches, approach))


class Demo:
    """A demo that is being served.

    Args:
        market: what is served.
        server: from where.
        clock: the time in it; the program must live by the same clock.
        complete: adds an issuer's rules and fees to a token.
    """

    def __init__(self, market: Market, server: SimulatorServer, clock: Clock, complete: CompleteToken) -> None:
        self.market = market
        self.server = server
        self.clock = clock
        self._complete = complete

    @property
    def venue_urls(self) -> dict[str, str]:
        """Scheme and host to use in place of each venue's own: one server is all of them, REST and streams."""
        return dict.fromkeys(self.server.venues, self.server.url)

    @cached_property
    def story(self) -> DemoStory:
        """Tokens, portfolios and transactions to fill an empty book with."""
        return demo_story(self.market, STANDARD, self._complete)

    def stop(self) -> None:
        """End the server and all its threads."""
        self.server.stop()


def start_demo(
    complete: CompleteToken,
    clock: Clock,
    *,
    anchor_ms: int,
    seed: int = DEMO_SEED,
    speed: float = 1.0,
    faults: FaultPlan | None = None,
) -> Demo:
    """Serve the demo on a free port of 127.0.0.1.

    Args:
        complete: adds an issuer's rules and fees to a token: `Registry.complete_token`.
        clock: real time.
        anchor_ms: the moment the demo was first started; kept by the caller, so that the history stays the same.
        seed: of the market.
        speed: simulated seconds per second.
        faults: what goes wrong.
    """
    market = demo_market(complete, anchor_ms=anchor_ms, seed=seed)
    inside = clock if speed == 1.0 else ScaledClock(clock, speed=speed)
    server = SimulatorServer(every_dialect(market), inside, faults)
    return Demo(market, server.start(), inside, complete)
