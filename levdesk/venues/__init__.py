"""The interpreters: each venue's protocol as pure translation, one file per venue.

Lives here: building a `Request`, reading a `Reply` into domain values and `Problem`s.
May import: domain. No sockets, no requests, no Qt, no clock; no venue file imports another.
Talks to: services and io carry its requests and hand it the replies.
Ask first: whether a rule is the venue's (here) or ours (services).
"""
