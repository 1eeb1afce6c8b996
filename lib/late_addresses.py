"""Addresses whose views are imported when one of them is first asked for."""

from __future__ import annotations

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


class LateAddresses(URLResolver):
    """The addresses of a module below a prefix, under a namespace, for what few installations use. In place of
    `path(prefix, include(module))`, which imports the module at once."""

    def __init__(self, prefix: str, module: str, namespace: str) -> None:
        super().__init__(RoutePattern(prefix), module, app_name=namespace, namespace=namespace)

    def _populate(self) -> None:
        """Called when another address's name is looked up. The names of a namespace are looked up in it alone, so
        there is nothing to collect, which would import the module."""
