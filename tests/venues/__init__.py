"""Specifications of the room `venues`."""

from __future__ import annotations
