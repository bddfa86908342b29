"""AES-128 of HLS (RFC 8216, section 4.3.2.4): CBC over a whole segment with PKCS #7 padding.

The IV is random and written down with the segment: two attempts at one chunk would share one that is counted, and CBC wants
what nobody can foresee.
"""

import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from core.errors import Transient

_BLOCK_BITS = 128
_IV_BYTES = 16


def new_iv() -> bytes:
    """16 random bytes."""
    return secrets.token_bytes(_IV_BYTES)


def encrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """`data` under a key of 16 bytes; 1 to 16 bytes longer."""
    padder, encryptor = PKCS7(_BLOCK_BITS).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def decrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """The bytes that `encrypt` was given. Raises Transient `media.check_failed` when they were not encrypted so."""
    unpadder, decryptor = PKCS7(_BLOCK_BITS).unpadder(), Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    try:
        return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise Transient("media.check_failed", "A published segment can't be decrypted.") from error
