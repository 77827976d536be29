"""Specifications of the room `io`."""

from __future__ import annotations
