"""Courses: the catalogue, authoring, review, people and curriculum."""

from typing import Any

from api.routes.courses import authoring, curriculum, instructors, public, review

ROUTES: tuple[Any, ...] = (
    *public.ROUTES,
    *authoring.ROUTES,
    *review.ROUTES,
    *instructors.ROUTES,
    *curriculum.ROUTES,
)
