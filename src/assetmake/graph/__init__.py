"""The graph: a manifest becomes assets in order, and what a person typed becomes targets among them."""

from __future__ import annotations
