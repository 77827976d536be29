"""Specifications of the room `services`."""

from __future__ import annotations
