"""Replies of venues as facts: what each really sends, and how sure we are of it.

Each sample says [docs] (published documentation), [recorded] (a captured reply) or [inferred] (made after both).
"""

from __future__ import annotations
