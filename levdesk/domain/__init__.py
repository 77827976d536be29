"""The study: the book-keeping brain, as pure functions over frozen values.

Lives here: money, instruments, the ledger and its lots, market values, and the mathematics of leveraged tokens.
May import: the standard library, and numpy in the numeric modules only.
Talks to: nobody; everyone above may read its values.
Ask first: whether the thing needs a clock, a file, a socket or Qt; then it lives upstairs.
"""
