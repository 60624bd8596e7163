"""Identifiers as they are hashed: one buffer of bytes, so that no text is touched again.

A committed frame is packed once. Of an Arrow array the buffer is copied, no text is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST = 55
"""Bytes of an identifier that fit, with the length, into one block of SHA-256."""
ROOM = 64
"""Bytes that can be read from the beginning of the last identifier."""
_END = 10
_BREAK = b"\n"
_TAIL = "\n" + "\0" * ROOM


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Packed:
    """Identifiers in one buffer.

    Attributes
    ----------
    data
        Their bytes, uint8, with `ROOM` bytes readable from each beginning.
    starts, lengths
        Where each begins and its bytes, int64 and uint8 of shape (n,); empty where all are alike.
    count
        How many.
    stride, width
        Where all are of one width: identifier i begins at ``i · stride``. Else 0.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.uint8]
    count: int
    stride: int = 0
    width: int = 0

    def __post_init__(self) -> None:
        # Also so that compiled loops meet one kind of array only.
        self.data.setflags(write=False)

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        kind = f"of {self.width} bytes" if self.stride else "of mixed lengths"
        return f"<Packed: {self.count} identifiers {kind}>"

    def take(self, places: NDArray[np.integer[Any]]) -> Packed:
        """Return those at `places`, in that order, in a buffer of their own."""
        if self.stride:
            return _uniform(self._rows()[places])
        lengths = self.lengths[places]
        starts = _starts(lengths)
        own = np.arange(int(lengths.sum(dtype=np.int64)), dtype=np.int64)
        shift = np.repeat(self.starts[places] - starts, lengths)
        data = np.concatenate([self.data[own + shift], np.zeros(ROOM, np.uint8)])
        return Packed(data, starts, lengths, len(places))

    def texts(self) -> list[str]:
        """Return the identifiers."""
        if self.stride:
            lines = np.full((self.count, self.width + 1), _END, dtype=np.uint8)
            rows = np.ascontiguousarray(self._rows())
            lines[:, :-1] = rows.view(np.uint8).reshape(self.count, self.width)
            texts = lines.tobytes().decode("latin-1").split("\n")[:-1]
            if len(texts) == self.count:
                return texts
        whole = self.data.tobytes().decode("latin-1")
        lengths = self.lengths if not self.stride else np.full(self.count, self.width)
        starts = self.starts if not self.stride else np.arange(self.count) * self.stride
        return [
            whole[start : start + length]
            for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        ]

    def _rows(self) -> NDArray[np.void]:
        """Return the identifiers, all of one width, as items of so many bytes."""
        kind = np.dtype((np.void, self.width))
        return np.ndarray((self.count,), kind, self.data, strides=(self.stride,))


def concat(many: Sequence[Packed]) -> Packed:
    """Return the identifiers of several, one after the other, in a buffer of their own."""
    many = [one for one in many if len(one)]
    widths = {one.width if one.stride else 0 for one in many}
    if len(widths) == 1 and 0 not in widths:
        return _uniform(np.concatenate([one._rows() for one in many]))
    lengths = [
        np.full(len(one), one.width, np.uint8) if one.stride else one.lengths for one in many
    ]
    compact = [one.take(np.arange(len(one))).data[:-ROOM] for one in many]
    joined = np.concatenate([np.empty(0, np.uint8), *lengths])
    data = np.concatenate([*compact, np.zeros(ROOM, np.uint8)])
    return Packed(data, _starts(joined), joined, len(joined))


def pack(ids: Sequence[str]) -> Packed:
    """Pack identifiers.

    Parameters
    ----------
    ids
        Each of 1 to 55 ASCII characters, none a newline.

    Raises
    ------
    ValueError
        On one that is not.
    """
    if not len(ids):
        return _uniform(_NOTHING)
    # One join takes less than a third of the time of an array of texts.
    text = "\n".join(ids)
    text += _TAIL
    data = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    count, written = len(ids), len(data) - ROOM
    stride = written // count
    if stride * count == written and 2 <= stride <= LONGEST + 1:
        ends = data[stride - 1 : written : stride]
        # As many newlines as identifiers, and all of them at the ends: none is inside.
        if ends.tobytes() == _BREAK * count and int(np.count_nonzero(data == _END)) == count:
            none = np.empty(0, np.int64)
            return Packed(data, none, none.astype(np.uint8), count, stride, stride - 1)
    breaks = np.flatnonzero(data == _END)
    if len(breaks) != count:
        raise ValueError("an identifier holds a newline")
    starts = np.zeros(count, dtype=np.int64)
    starts[1:] = breaks[:-1] + 1
    return Packed(data, starts, _lengths(breaks - starts), count)


def pack_array(ids: pa.Array) -> Packed:
    """Pack an Arrow array of texts or bytes.

    Parameters
    ----------
    ids
        Type string, binary, their large forms, or fixed-size binary; no nulls.

    Raises
    ------
    ValueError
        On a null, an identifier that is empty or over 55 bytes, another type.
    """
    import pyarrow.types as kinds

    if ids.null_count:
        raise ValueError("an identifier is missing")
    kind, count = ids.type, len(ids)
    if kinds.is_fixed_size_binary(kind):
        width = kind.byte_width
        _lengths(np.array([width]))
        raw = np.frombuffer(ids.buffers()[1] or b"", dtype=np.uint8)[ids.offset * width :]
        return _uniform(raw[: count * width].view(np.dtype((np.void, width))))
    if kinds.is_string(kind) or kinds.is_binary(kind):
        number: Any = np.int32
    elif kinds.is_large_string(kind) or kinds.is_large_binary(kind):
        number = np.int64
    else:
        raise ValueError(f"identifiers are texts, not {kind}")
    if not count:
        return _uniform(_NOTHING)
    _, places, buffer = ids.buffers()
    bounds = np.frombuffer(places, dtype=number)[ids.offset : ids.offset + count + 1]
    lengths = _lengths(np.diff(bounds))
    first, width = int(bounds[0]), int(lengths[0])
    data = np.frombuffer(buffer, dtype=np.uint8)
    if (lengths == width).all():
        return _uniform(data[first : first + count * width].view(np.dtype((np.void, width))))
    return Packed(
        np.concatenate([data[first : int(bounds[-1])], np.zeros(ROOM, np.uint8)]),
        bounds[:-1].astype(np.int64) - first,
        lengths,
        count,
    )


def _uniform(rows: NDArray[np.void]) -> Packed:
    """Pack items of one width; the buffer gets its room."""
    count, width = len(rows), rows.dtype.itemsize
    data = np.empty(count * width + ROOM, dtype=np.uint8)
    data[: count * width] = np.ascontiguousarray(rows).view(np.uint8)
    data[count * width :] = 0
    none = np.empty(0, np.int64)
    return Packed(data, none, none.astype(np.uint8), count, width, width)


def _starts(lengths: NDArray[np.uint8]) -> NDArray[np.int64]:
    starts = np.zeros(len(lengths), dtype=np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    return starts


def _lengths(lengths: NDArray[Any]) -> NDArray[np.uint8]:
    if len(lengths) and not 1 <= int(lengths.min()) <= int(lengths.max()) <= LONGEST:
        raise ValueError(f"an identifier is empty or longer than {LONGEST} bytes")
    return lengths.astype(np.uint8)


_NOTHING = np.empty(0, np.dtype((np.void, 1)))
