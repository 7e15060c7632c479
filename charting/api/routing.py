"""A list of routes, each with what it takes and gives, that a router is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.responses import Response

from charting.api.answering import Route
from charting.api.described import Described

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Routes:
    """Routes of one subject, in their order."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.described: dict[str, Described] = {}
        self._routes: list[tuple[str, str, Callable[..., Any], Described]] = []

    def get(self, path: str, what: Described) -> Callable[[Endpoint], Endpoint]:
        """Have a function answer GET and HEAD under a path."""
        return self._add("GET", path, what)

    def post(self, path: str, what: Described) -> Callable[[Endpoint], Endpoint]:
        """Have a function answer POST under a path."""
        return self._add("POST", path, what)

    def put(self, path: str, what: Described) -> Callable[[Endpoint], Endpoint]:
        """Have a function answer PUT under a path."""
        return self._add("PUT", path, what)

    def add_to(self, router: APIRouter) -> None:
        """Put the routes into a router."""
        for method, path, endpoint, what in self._routes:
            router.add_api_route(
                path, endpoint, methods=[method], operation_id=endpoint.__name__, tags=[self.tag],
                response_model=None, response_class=Response, status_code=what.status,
                route_class_override=Route,
            )  # fmt: skip

    def _add(self, method: str, path: str, what: Described) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            self.described[endpoint.__name__] = what
            self._routes.append((method, path, endpoint, what))
            return endpoint

        return add
