"""Everything below /users that an account does for itself."""

from typing import Any

from api.routes.users import me, oidc, session

ROUTES: tuple[Any, ...] = (*session.ROUTES, *me.ROUTES, *oidc.ROUTES)
