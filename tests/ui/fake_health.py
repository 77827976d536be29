"""Health of sources for the fake desk: two live, one slow, one that does not answer."""

from __future__ import annotations

from levdesk.services.health import SourceHealth, SourceState, StreamHealth, StreamState
from tests.ui.fake_books import DAY_MS, NOW_MS


def sources() -> tuple[SourceHealth, ...]:
    """Four venues, each in a state of its own."""
    return (
        SourceHealth(
            venue="gate",
            title="Gate",
            state=SourceState.LIVE,
            last_ok_ms=NOW_MS - 4_000,
            latency_ms=180,
            stream=StreamHealth(
                state=StreamState.LIVE, topics=14, messages=48_211, replaced=912, last_message_ms=NOW_MS - 300
            ),
            skew_ms=240,
            requests_left=112,
            requests_limit=200,
            depends=("BTC3L", "BTC5L", "ETH3S", "SOL3L", "LINK2L", "ADA3S"),
            address="https://api.gateio.ws",
        ),
        SourceHealth(
            venue="okx",
            title="OKX",
            state=SourceState.LIVE,
            last_ok_ms=NOW_MS - 1_000,
            latency_ms=64,
            stream=StreamHealth(
                state=StreamState.SILENT,
                topics=3,
                messages=9_120,
                reconnects=2,
                last_message_ms=NOW_MS - 41_000,
                error="Nothing has been heard for 41 s.",
            ),
            skew_ms=-3_400,
            address="https://www.okx.com",
        ),
        SourceHealth(
            venue="pionex",
            title="Pionex",
            state=SourceState.SLOW,
            last_ok_ms=NOW_MS - 38_000,
            latency_ms=4_100,
            depends=("BTC2L",),
            requests_left=4,
            requests_limit=60,
            address="https://api.pionex.com",
        ),
        SourceHealth(
            venue="mexc",
            title="MEXC",
            state=SourceState.DOWN,
            last_ok_ms=NOW_MS - DAY_MS,
            error="MEXC did not answer within 10 s.",
            retry_ms=NOW_MS + 20_000,
            switched_off=("NAVs of its tokens: the address is gone (404); asked again tomorrow.",),
            address="https://api.mexc.com",
        ),
    )
