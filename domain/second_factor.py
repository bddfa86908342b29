"""The second factor: time-based codes (RFC 6238), their secrets encrypted at rest; recovery codes for the day it is lost."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ErrorKind, Refused
from core.settings import SecretSettings
from db.models import RecoveryCode, User
from domain import audit, messages
from domain.policies import Actor

ISSUER = "Aula"
_STEP_S = 30
# Clocks differ and typing takes time: the step before and the one after count as well (RFC 6238, 5.2).
_STEPS = (0, -1, 1)
_RECOVERY_CODES = 10
_NONCE = 12


class FactorKeys:
    """The keys for what is kept of second factors, derived from the platform's secret: a copy of the database has no use."""

    def __init__(self, settings: SecretSettings) -> None:
        root = settings.secret_key.get_secret_value().encode()
        self._cipher = AESGCM(_derived(root, b"aula totp secrets"))
        self._pepper = _derived(root, b"aula recovery codes")

    def seal(self, user_id: UUID, secret: str) -> bytes:
        """The secret, encrypted for this account."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), user_id.bytes)

    def unseal(self, user_id: UUID, sealed: bytes) -> str | None:
        """The secret; None when it was sealed under another key, as after a change of the platform's secret."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], user_id.bytes).decode()
        except InvalidTag:
            return None

    def recovery_hash(self, code: str) -> str:
        """What is kept of a recovery code, however it was typed."""
        plain = "".join(c for c in code.upper() if c.isalnum())
        return hmac.new(self._pepper, plain.encode(), hashlib.sha256).hexdigest()


def _derived(root: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(root)


async def begin(session: AsyncSession, user: User, keys: FactorKeys) -> tuple[str, str]:
    """A new secret and its `otpauth` address; it counts once a code has confirmed it. The row is locked.

    Raises Refused `user.totp_enabled`.
    """
    if user.totp_enabled_at is not None:
        raise Refused("user.totp_enabled", "There is a second factor already.", kind=ErrorKind.CONFLICT)
    secret = pyotp.random_base32()
    user.totp_secret, user.totp_last_step = keys.seal(user.id, secret), None
    await session.flush()
    return secret, pyotp.TOTP(secret, interval=_STEP_S).provisioning_uri(name=user.email, issuer_name=ISSUER)


async def confirm(session: AsyncSession, actor: Actor, user: User, code: str, now: datetime, keys: FactorKeys) -> list[str]:
    """Switch the second factor on; returns the recovery codes, which are shown once. The row is locked.

    Raises Refused `user.totp_enabled`, `user.totp_not_begun` or `user.totp_wrong_code`.
    """
    if user.totp_enabled_at is not None:
        raise Refused("user.totp_enabled", "There is a second factor already.", kind=ErrorKind.CONFLICT)
    if user.totp_secret is None:
        raise Refused("user.totp_not_begun", "Ask for a secret first.", kind=ErrorKind.CONFLICT)
    if not await _take_code(session, user, code, now, keys):
        raise Refused(
            "user.totp_wrong_code",
            "This is not the code of this moment.",
            kind=ErrorKind.UNPROCESSABLE,
            errors=[{"field": "code", "message": "Wrong, too old or used before."}],
        )
    user.totp_enabled_at = user.updated_at = now
    await session.flush()
    await audit.note(session, actor, "user.totp_enabled", "user", user.id)
    await messages.mail(session, user, "totp_changed")
    return await _recovery_codes(session, user, keys)


async def passes(session: AsyncSession, user: User, code: str, now: datetime, keys: FactorKeys) -> bool:
    """Whether `code` is the second factor: a code of this moment or a recovery code. Either works once."""
    if await _take_code(session, user, code, now, keys):
        return True
    unused = (
        (RecoveryCode.user_id == user.id)
        & (RecoveryCode.code_hash == keys.recovery_hash(code))
        & RecoveryCode.used_at.is_(None)
    )
    taken = await session.scalar(update(RecoveryCode).where(unused).values(used_at=now).returning(RecoveryCode.user_id))
    if taken is None:
        return False
    await audit.note(session, Actor(user.id, frozenset(user.roles)), "user.recovery_code_used", "user", user.id)
    return True


async def renew_codes(session: AsyncSession, actor: Actor, user: User, keys: FactorKeys) -> list[str]:
    """New recovery codes in place of the old. The row is locked. Raises Refused `user.totp_disabled`."""
    if user.totp_enabled_at is None:
        raise Refused("user.totp_disabled", "There is no second factor.", kind=ErrorKind.CONFLICT)
    await audit.note(session, actor, "user.recovery_codes_renewed", "user", user.id)
    return await _recovery_codes(session, user, keys)


async def remove(session: AsyncSession, actor: Actor | None, user: User, now: datetime) -> None:
    """Switch the second factor off; without one nothing happens. The row is locked."""
    if user.totp_enabled_at is not None:
        await audit.note(session, actor, "user.totp_disabled", "user", user.id)
        await messages.mail(session, user, "totp_changed")
    user.totp_enabled_at = user.totp_secret = user.totp_last_step = None
    user.updated_at = now
    await session.flush()
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


async def _take_code(session: AsyncSession, user: User, code: str, now: datetime, keys: FactorKeys) -> bool:
    """Whether this is a code of about now whose time step was not taken before; it is taken with this."""
    secret = keys.unseal(user.id, user.totp_secret) if user.totp_secret is not None else None
    if secret is None:
        return False
    totp = pyotp.TOTP(secret, interval=_STEP_S)
    plain = code.replace(" ", "").encode()
    present = int(now.timestamp()) // _STEP_S
    for step in (present + each for each in _STEPS):
        if hmac.compare_digest(totp.generate_otp(step).encode(), plain):
            fresh = (User.id == user.id) & (User.totp_last_step.is_(None) | (User.totp_last_step < step))
            statement = update(User).where(fresh).values(totp_last_step=step).returning(User.id)
            return await session.scalar(statement) is not None
    return False


async def _recovery_codes(session: AsyncSession, user: User, keys: FactorKeys) -> list[str]:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    # 80 bits each, in letters and digits that are not mistaken for each other.
    plain = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(_RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=keys.recovery_hash(code)) for code in plain)
    await session.flush()
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in plain]
