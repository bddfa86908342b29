"""A signature opens one asset, for a while, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.errors import ErrorKind, Refused
from storage.signing import Claims, SignatureRefused, Signer, signed_path, stream_path

NOW = datetime(2030, 1, 1, tzinfo=UTC)
END = NOW + timedelta(minutes=10)
ASSET, SESSION = uuid4(), uuid4()
SIGNER = Signer({"k1": "a secret of enough length"})


def refusal(signer: Signer, token: str, asset: UUID = ASSET, now: datetime = NOW) -> str:
    """The code with which a token is refused."""
    with pytest.raises(SignatureRefused) as error:
        signer.verify(token, asset, now)
    assert error.value.kind is ErrorKind.FORBIDDEN
    return error.value.code


def test_a_token_tells_what_was_signed() -> None:
    token = SIGNER.sign(ASSET, SESSION, END)

    assert SIGNER.verify(token, ASSET, NOW) == Claims(ASSET, SESSION, END)


def test_a_token_ends_on_the_second() -> None:
    token = SIGNER.sign(ASSET, SESSION, END)

    assert SIGNER.verify(token, ASSET, END - timedelta(seconds=1)).session_id == SESSION
    assert refusal(SIGNER, token, now=END) == "stream.expired"


def test_a_token_opens_no_other_asset() -> None:
    assert refusal(SIGNER, SIGNER.sign(ASSET, SESSION, END), asset=uuid4()) == "stream.other_asset"


def test_any_changed_character_is_refused() -> None:
    token = SIGNER.sign(ASSET, SESSION, END)
    for index, old in enumerate(token):
        for new in "A9-.":
            # The last character of a base64 group has bits that decode to nothing.
            if new == old or index in (token.index(".") + 54, len(token) - 1):
                continue
            changed = token[:index] + new + token[index + 1 :]
            assert refusal(SIGNER, changed) == "stream.bad_signature"


@pytest.mark.parametrize("token", ["", ".", "k1..", "k1", "k1.é.x", "k2." + "A" * 54 + "." + "A" * 22, "A" * 5000, "k1.\n"])
def test_nonsense_is_refused(token: str) -> None:
    assert refusal(SIGNER, token) == "stream.bad_signature"


def test_keys_rotate() -> None:
    old = Signer({"k1": "a secret of enough length"})
    both = Signer({"k2": "another secret of length", "k1": "a secret of enough length"})
    new = Signer({"k2": "another secret of length"})
    token = old.sign(ASSET, SESSION, END)

    assert both.verify(token, ASSET, NOW).session_id == SESSION
    assert new.verify(both.sign(ASSET, SESSION, END), ASSET, NOW).session_id == SESSION
    assert refusal(new, token) == "stream.bad_signature"


def test_a_key_id_is_bound_to_its_key() -> None:
    same = Signer({"k1": "a secret of enough length", "k2": "a secret of enough length"})
    token = same.sign(ASSET, SESSION, END)

    assert refusal(same, "k2" + token[2:]) == "stream.bad_signature"


def test_keys_come_from_the_setting() -> None:
    signer = Signer.from_setting("k2:with:colons:in:it:1234, k1:a secret of enough length")

    assert signer.sign(ASSET, SESSION, END).startswith("k2.")
    assert signer.verify(SIGNER.sign(ASSET, SESSION, END), ASSET, NOW).session_id == SESSION


@pytest.mark.parametrize("text", ["", "k1", "k1:short", ":a secret of enough length", "k.1:a secret of enough length"])
def test_bad_keys_are_refused_at_start(text: str) -> None:
    with pytest.raises(Refused) as error:
        Signer.from_setting(text)
    assert error.value.code == "signing.bad_keys"
    assert "secret of enough" not in str(error.value)


def test_paths_are_the_key_below_the_mount() -> None:
    token = SIGNER.sign(ASSET, SESSION, END)

    assert stream_path("hls/a/v/master.m3u8") == "/stream/hls/a/v/master.m3u8"
    assert signed_path(token, "hls/a/v/master.m3u8") == f"/stream/{token}/hls/a/v/master.m3u8"


def test_a_token_that_was_verified_once_is_still_asked_when_and_for_what() -> None:
    signer = Signer({"k1": "a secret of enough length"})
    token = signer.sign(ASSET, SESSION, END)
    for _ in range(2):
        assert signer.verify(token, ASSET, NOW).session_id == SESSION
        assert refusal(signer, token, now=END) == "stream.expired"
        assert refusal(signer, token, asset=uuid4()) == "stream.other_asset"


def test_forged_tokens_are_not_remembered_and_true_ones_only_so_many() -> None:
    signer = Signer({"k1": "a secret of enough length"})
    for number in range(9000):
        refusal(signer, f"k1.{number:054}.{'A' * 22}")
    assert signer._claims.cache_info().currsize == 0

    for _ in range(9000):
        signer.verify(signer.sign(ASSET, uuid4(), END), ASSET, NOW)
    assert signer._claims.cache_info().currsize == 8192
