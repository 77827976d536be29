"""The office: use cases in plain Python against the Protocols in `ports`.

Lives here: the books and their acts, the portfolio view, imports, the sync planner, the quote book, history series.
May import: venues (contract only, adapters come in as values) and domain. No Qt, requests, sqlite, keyring.
Talks to: io through `ports`; ui and app call it and receive frozen views.
Ask first: whether the logic can be a pure function of values in domain instead.
"""
