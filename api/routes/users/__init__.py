"""Everything below /users that an account does for itself."""

from typing import Any

from api.routes.users import admin, email, export, keys, me, oidc, password, session, sessions, totp

ROUTES: tuple[Any, ...] = (
    *session.ROUTES,
    *me.ROUTES,
    *email.ROUTES,
    *password.ROUTES,
    *totp.ROUTES,
    *sessions.ROUTES,
    *keys.ROUTES,
    *oidc.ROUTES,
    *admin.ROUTES,
    *export.ROUTES,
)
