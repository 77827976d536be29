"""One's own accounts at the venues: keys that only read, proposed transactions, and balances against the books.

Lives here: the window of the accounts, the dialog that takes a key, and the review of a visit.
May import: PySide6 widgets, the parlour's shared parts, services' account values, domain. Made when it is opened.
Talks to: the `AccountDesk` protocol in `accounts.desk`.
Ask first: whether a rule is judged here; if so it belongs into services. No part of a key is ever shown again.
"""
