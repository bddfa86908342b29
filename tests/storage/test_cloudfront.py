"""What CloudFront is given to verify, checked as it would: by the public key and the policy."""

import fnmatch
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from core.errors import Refused
from core.settings import CdnSettings
from storage import keys
from storage.cloudfront import CloudFrontSigner

URL = "https://cdn.school.example"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
END = NOW + timedelta(minutes=8)
ASSET, VERSION = uuid4(), uuid4()
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any) -> bytes:
    """The private key as a file holds it."""
    found: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found


SIGNER = CloudFrontSigner(URL, "K1", pem(KEY))


def decoded(text: str) -> bytes:
    """From base64 as CloudFront spells it."""
    return b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)


def opens(signed: dict[str, str], url: str, now: datetime = NOW, key: rsa.RSAPrivateKey = KEY) -> bool:
    """Whether an edge would let this request through."""
    policy = decoded(signed["Policy"])
    try:
        key.public_key().verify(decoded(signed["Signature"]), policy, padding.PKCS1v15(), hashes.SHA1())
    except InvalidSignature:
        return False
    (statement,) = json.loads(policy)["Statement"]
    ends = statement["Condition"]["DateLessThan"]["AWS:EpochTime"]
    return fnmatch.fnmatchcase(url, statement["Resource"]) and now.timestamp() < ends


def sent_to(path: str) -> dict[str, str]:
    """The cookies that a browser sends with a request for `path`."""
    cookies = SIGNER.cookies(ASSET, END, NOW)
    return {
        cookie.name.removeprefix("CloudFront-"): cookie.value
        for cookie in cookies
        if path == cookie.path or path.startswith(cookie.path + "/")
    }


def test_cookies_open_everything_of_their_asset_that_is_played() -> None:
    for key in (
        keys.master(ASSET, VERSION),
        keys.track_file(ASSET, VERSION, "720p", "c0000-abc_00000.m4s"),
        keys.still(ASSET, uuid4(), "poster.jpg"),
    ):
        signed = sent_to(urlsplit(SIGNER.url(key)).path)
        assert set(signed) == {"Policy", "Signature", "Key-Pair-Id"}
        assert signed["Key-Pair-Id"] == "K1"
        assert opens(signed, SIGNER.url(key))


def test_cookies_open_nothing_else() -> None:
    other = uuid4()
    mine = sent_to(f"/stream/hls/{ASSET}/x")
    for url in (
        f"{URL}/stream/hls/{other}/{VERSION}/master.m3u8",
        f"{URL}/stream/hls/{ASSET}0/{VERSION}/master.m3u8",
        f"{URL}/stream/originals/{ASSET}/source",
        f"{URL}/stream/downloads/{ASSET}/{VERSION}/film.mp4",
        f"{URL}/originals/{ASSET}/source",
        f"https://other.example/stream/hls/{ASSET}/{VERSION}/master.m3u8",
        f"{URL}/stream/hls/{other}/../{ASSET}/x",
    ):
        assert not opens(mine, url), url
    assert sent_to(f"/stream/hls/{other}/x") == sent_to(f"/stream/hls/{ASSET}0/x") == {}


def test_cookies_end_with_the_session_and_after_ten_minutes_at_most() -> None:
    url = SIGNER.url(keys.master(ASSET, VERSION))
    for end, last in ((END, END), (NOW + timedelta(days=1), NOW + timedelta(minutes=10))):
        cookies = {each.name.removeprefix("CloudFront-"): each.value for each in SIGNER.cookies(ASSET, end, NOW)[:3]}
        assert opens(cookies, url, last - timedelta(seconds=1))
        assert not opens(cookies, url, last)


def test_an_address_opens_one_object() -> None:
    key = f"downloads/{ASSET}/{VERSION}/film.mp4"
    address, _, query = SIGNER.signed_url(key, END, NOW).partition("?")
    signed = dict(parse_qsl(query, strict_parsing=True))

    assert address == f"{URL}/stream/{key}"
    assert opens(signed, address)
    assert not opens(signed, f"{URL}/stream/{key}x")
    assert not opens(signed, address, END)


def test_two_keys_rotate_by_their_ids() -> None:
    new = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    later = CloudFrontSigner(URL + "/", "K2", pem(new))
    cookies = {each.name.removeprefix("CloudFront-"): each.value for each in later.cookies(ASSET, END, NOW)[:3]}
    group = {"K1": KEY, "K2": new}

    assert cookies["Key-Pair-Id"] == "K2"
    assert opens(cookies, later.url(keys.master(ASSET, VERSION)), key=group[cookies["Key-Pair-Id"]])
    assert not opens(cookies, later.url(keys.master(ASSET, VERSION)), key=KEY)


def test_settings_make_a_signer_or_say_what_is_wrong(tmp_path: Path) -> None:
    assert CloudFrontSigner.from_settings(CdnSettings()) is None
    file = tmp_path / "key.pem"
    settings = CdnSettings(cloudfront_url=URL, cloudfront_key_id="K1", cloudfront_private_key=file)
    for content in (None, b"", b"no key", pem(ec.generate_private_key(ec.SECP256R1()))):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(Refused) as error:
            CloudFrontSigner.from_settings(settings)
        assert error.value.code == "cloudfront.bad_key"
    file.write_bytes(pem(KEY))
    signer = CloudFrontSigner.from_settings(settings)
    assert signer is not None
    assert opens(dict(parse_qsl(signer.signed_url("hls/x", END, NOW).partition("?")[2])), signer.url("hls/x"))
