"""The test range: a market whose tokens follow the domain's own rules, and loopback servers that speak venue dialects.

Lives here: the seeded market, replay of real prices, fault injection, the server, venue dialects, the demo's story.
May import: services, venues' contract values, domain, numpy, websockets. No Qt, no requests.
Talks to: adapters reach it over HTTP and WebSocket on loopback only, exactly as they reach a venue.
Ask first: whether a behaviour is the venue's (serve it as documented) or ours (then it is not simulated here).
"""
