"""The streaming format: the same as Tink's, read anywhere, and nothing altered gets out."""

import io
import os
from collections.abc import Iterator
from typing import Any

import pytest

from elus.kernel.crypto import Damaged
from elus.kernel.streaming import FIRST_PLAIN, HEADER, PLAIN, SEGMENT, TAG, SealedReader, plain_size, sealed

KEY, PLACE = bytes(range(32)), b"elus/v1|blob|7|file:1:1"
SIZES = [0, 1, 1000, FIRST_PLAIN - 1, FIRST_PLAIN, FIRST_PLAIN + 1, FIRST_PLAIN + PLAIN, 3 * SEGMENT + 5]


class Held:
    """A source that counts what is read of it."""

    def __init__(self, stored: bytes, segments_at_once: int = 4) -> None:
        self.stored, self.segments_at_once = stored, segments_at_once
        self.reads: list[int] = []

    def size(self) -> int:
        return len(self.stored)

    def fetch(self, start: int, length: int) -> bytes:
        self.reads.append(length)
        return self.stored[start : start + length]

    def close(self) -> None:
        self.stored = b""


def stored(plain: bytes, step: int = 65_536) -> bytes:
    return b"".join(sealed(KEY, PLACE, (plain[i : i + step] for i in range(0, len(plain), step))))


def opened(bytes_: bytes, size: int | None = None, place: bytes = PLACE) -> bytes:
    reader = SealedReader(Held(bytes_), KEY, place, len(bytes_) if size is None else size)
    return b"".join(reader.read(0, reader.size))


@pytest.fixture(scope="module")
def tink_streams() -> Any:
    import tink
    from tink import secret_key_access, streaming_aead
    from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

    streaming_aead.register()
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        key_value=KEY,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=SEGMENT, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
        ),
    )
    keyset = tink_pb2.Keyset(
        primary_key_id=1,
        key=[
            tink_pb2.Keyset.Key(
                key_id=1,
                status=tink_pb2.ENABLED,
                output_prefix_type=tink_pb2.RAW,
                key_data=tink_pb2.KeyData(
                    type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
                    value=key.SerializeToString(),
                    key_material_type=tink_pb2.KeyData.SYMMETRIC,
                ),
            )
        ],
    )
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


@pytest.mark.parametrize("size", SIZES)
def test_tink_reads_what_we_write_and_we_read_what_tink_writes(size: int, tink_streams: Any) -> None:
    plain = os.urandom(size)
    ours = stored(plain)
    assert plain_size(len(ours)) == size
    with tink_streams.new_decrypting_stream(io.BytesIO(ours), PLACE) as stream:
        assert stream.read() == plain
    target = io.BytesIO()
    target.close = lambda: None  # type: ignore[method-assign]  # tink closes what it writes to
    with tink_streams.new_encrypting_stream(target, PLACE) as stream:
        stream.write(plain)
    assert opened(target.getvalue()) == plain


@pytest.mark.parametrize("step", [1, 7, 262_144, 10_000_000])
def test_the_size_of_the_chunks_does_not_matter(step: int) -> None:
    plain = os.urandom(FIRST_PLAIN + 10 if step < 10 else 3 * PLAIN)
    assert opened(stored(plain, step)) == plain


def test_any_range_is_read_and_no_more_than_two_segments_beside_it() -> None:
    plain = os.urandom(6 * SEGMENT)
    held = Held(stored(plain))
    edges = [0, 1, FIRST_PLAIN - 1, FIRST_PLAIN, FIRST_PLAIN + 1, FIRST_PLAIN + PLAIN, 3 * SEGMENT, len(plain) - 1]
    for start in edges:
        for length in (1, 2, 65_536, SEGMENT, 2 * SEGMENT + 1, len(plain)):
            held.reads.clear()
            reader = SealedReader(held, KEY, PLACE, len(held.stored))
            reader.check(start)
            assert b"".join(reader.read(start, length)) == plain[start : start + length]
            assert sum(held.reads) <= length + 2 * SEGMENT + HEADER
    assert opened(held.stored) == plain


def test_the_first_byte_waits_for_one_segment_only() -> None:
    held = Held(stored(os.urandom(20 * SEGMENT)), segments_at_once=16)
    body = SealedReader(held, KEY, PLACE, len(held.stored)).read(0, 20 * SEGMENT)
    next(body)
    assert sum(held.reads) <= SEGMENT
    assert len(b"".join(body)) == 20 * SEGMENT - FIRST_PLAIN
    assert max(held.reads) <= 16 * SEGMENT


@pytest.mark.parametrize(("start", "length"), [(10, 0), (10, -1), (1000, 5), (-1, 5)])
def test_an_empty_range_gives_nothing(start: int, length: int) -> None:
    held = Held(stored(b"x" * 1000))
    assert list(SealedReader(held, KEY, PLACE, len(held.stored)).read(start, length)) == []


def damages(whole: bytes) -> Iterator[tuple[str, bytes]]:
    second, third = slice(SEGMENT, 2 * SEGMENT), slice(2 * SEGMENT, 3 * SEGMENT)
    yield "cut at a segment", whole[:-SEGMENT]
    yield "cut to the first segment", whole[:SEGMENT]
    yield "cut to the header", whole[:HEADER]
    yield "cut by a byte", whole[:-1]
    yield "empty", b""
    yield "lengthened", whole + b"\0"
    yield "segments exchanged", whole[:SEGMENT] + whole[third] + whole[second] + whole[3 * SEGMENT :]
    yield "segment repeated", whole[:SEGMENT] + whole[second] + whole[second] + whole[3 * SEGMENT :]
    yield "segment removed", whole[:SEGMENT] + whole[2 * SEGMENT :]
    for place in (0, 1, 33, HEADER, HEADER + 5, SEGMENT - TAG, SEGMENT, 2 * SEGMENT + 9, len(whole) - 1):
        yield f"bit at {place}", whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def refused(bytes_: bytes, size: int) -> bool:
    try:
        opened(bytes_, size)
    except Damaged:
        return True
    return False


def test_nothing_altered_is_given() -> None:
    whole = stored(os.urandom(3 * SEGMENT + 100))
    for what, wrong in damages(whole):
        assert refused(wrong, len(wrong)), what
        assert refused(wrong, len(whole)), what


def collect(pieces: Iterator[bytes], into: bytearray) -> None:
    for piece in pieces:
        into += piece


def test_what_comes_before_the_damage_is_right_and_nothing_follows() -> None:
    plain = os.urandom(3 * SEGMENT)
    whole = bytearray(stored(plain))
    whole[2 * SEGMENT + 7] ^= 1
    got = bytearray()
    body = SealedReader(Held(bytes(whole)), KEY, PLACE, len(whole)).read(0, len(plain))
    with pytest.raises(Damaged):
        collect(body, got)
    assert bytes(got) == plain[: FIRST_PLAIN + PLAIN]


def test_another_place_or_key_does_not_open() -> None:
    whole = stored(b"secret")
    with pytest.raises(Damaged):
        opened(whole, place=b"elus/v1|blob|8|file:1:1")
    with pytest.raises(Damaged):
        list(SealedReader(Held(whole), b"x" * 32, PLACE, len(whole)).read(0, 6))
