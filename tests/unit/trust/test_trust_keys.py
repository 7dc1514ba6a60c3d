"""Keys: known answers, refusals of weak keys, nothing secret in what is shown."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, TrustError
from tocsin.trust import SealingKey, SealingPublicKey, SigningKey, VerifyKey

# RFC 8032 section 7.1, TEST 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P


def test_an_rfc_8032_key_signs_as_the_rfc_says() -> None:
    key = SigningKey.from_raw(SEED)

    assert key.public.raw == PUBLIC
    assert key.sign(b"\x72") == SIGNATURE
    key.public.verify(SIGNATURE, b"\x72")


def test_a_key_id_is_the_algorithm_and_half_a_sha256_of_the_public_key() -> None:
    assert VerifyKey.from_raw(PUBLIC).key_id == (
        "ed25519:" + hashlib.sha256(PUBLIC).hexdigest()[:32]
    )
    sealing = SealingKey.generate().public
    assert sealing.key_id == "x25519:" + hashlib.sha256(sealing.raw).hexdigest()[:32]


def test_keys_survive_their_text_form() -> None:
    verify, seal = SigningKey.generate().public, SealingKey.generate().public

    assert VerifyKey.from_text(verify.to_text()) == verify
    assert SealingPublicKey.from_text(seal.to_text()) == seal


def test_private_keys_survive_being_kept() -> None:
    signing, sealing = SigningKey.generate(), SealingKey.generate()

    assert SigningKey.from_raw(signing.secret()) == signing
    assert SealingKey.from_raw(sealing.secret()) == sealing


@given(data=st.binary(max_size=64), at=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_signature_with_any_bit_flipped_is_refused(data: bytes, at: int, bit: int) -> None:
    key = SigningKey.from_raw(SEED)
    bad = bytearray(key.sign(data))
    bad[at] ^= 1 << bit

    with pytest.raises(TrustError, match="does not hold"):
        key.public.verify(bytes(bad), data)


@pytest.mark.parametrize("size", [0, 1, 63, 65])
def test_a_signature_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(TrustError, match="does not hold"):
        VerifyKey.from_raw(PUBLIC).verify(bytes(size), b"")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "not base64!",
        "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw",  # padding lost
        "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw=",  # the other alphabet
        "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgx=",  # stray bits at the end
        "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n",
    ],
)
def test_a_key_text_that_is_not_canonical_base64_of_32_bytes_is_refused(text: str) -> None:
    for kind in (VerifyKey, SealingPublicKey):
        with pytest.raises(BadInputError):
            kind.from_text(text)


def _add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Add points of edwards25519 (RFC 8032 section 5.1.4, affine)."""
    (x1, y1), (x2, y2) = one, two
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P)
    return x % P, y % P


def _small_order_encodings() -> set[bytes]:
    """Walk the eight points of the torsion subgroup, with every 255-bit spelling of y."""
    # Doubling a point of order 8 gives one of order 4, which has y = 0: so y^4 d + 2 y^2 - 1 = 0.
    root = (pow(1 + D, (P + 3) // 8, P)) % P
    if (root * root - (1 + D)) % P:
        root = root * pow(2, (P - 1) // 4, P) % P
    assert (root * root - (1 + D)) % P == 0
    candidates = [(-1 + sign * root) * pow(D, P - 2, P) % P for sign in (1, -1)]
    points: set[tuple[int, int]] = set()
    for square in candidates:
        y = pow(square, (P + 3) // 8, P)
        if (y * y - square) % P:
            y = y * pow(2, (P - 1) // 4, P) % P
        if (y * y - square) % P:
            continue
        x_square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
        x = pow(x_square, (P + 3) // 8, P)
        if (x * x - x_square) % P:
            x = x * pow(2, (P - 1) // 4, P) % P
        if (x * x - x_square) % P:
            continue
        current = (x, y)
        for _ in range(8):
            points.add(current)
            current = _add(current, (x, y))
    assert len(points) == 8
    spellings = {y + extra for _, y in points for extra in (0, P) if y + extra < 2**255}
    return {(y | sign << 255).to_bytes(32, "little") for y in spellings for sign in (0, 1)}


def test_every_ed25519_key_of_small_order_is_refused() -> None:
    encodings = _small_order_encodings()

    assert len(encodings) == 14
    for raw in encodings:
        with pytest.raises(TrustError, match="small order"):
            VerifyKey.from_raw(raw)


# RFC 7748 section 7: the all-zero shared secret; order 1, 2, 4 and 8 (u = 0, 1, p-1 and two more).
@pytest.mark.parametrize(
    "raw",
    [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ],
)
def test_an_x25519_key_of_small_order_is_refused(raw: str) -> None:
    with pytest.raises(TrustError, match="small order"):
        SealingPublicKey.from_raw(bytes.fromhex(raw))


def test_no_secret_shows_in_a_repr() -> None:
    for key in (SigningKey.generate(), SealingKey.generate()):
        shown = f"{key} {key!r} {[key]}"

        assert key.key_id in shown
        assert key.secret().hex() not in shown
        assert repr(key.secret()) not in shown


@pytest.mark.parametrize("kind", [SigningKey, SealingKey, VerifyKey, SealingPublicKey])
def test_a_raw_key_of_another_size_is_refused(
    kind: type[SigningKey | SealingKey | VerifyKey | SealingPublicKey],
) -> None:
    with pytest.raises(BadInputError, match="31 bytes where 32 belong"):
        kind.from_raw(bytes(31))
