"""A witness's side: sees a log's newest checkpoint, holds it against the last one, cosigns it.

It runs at the witness (the province, a newspaper), with a key and a state of its own, and trusts
nothing that the server says but its signature and its proofs. What it saw last is on its disk
before a cosignature leaves it: a witness never cosigns two histories, whatever crashes.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from api.security.logkey import read_secret, write_log_key
from optimizer.canon import SHA256, Hash, merkle, note
from optimizer.canon.cosignature import Cosigner, Witness
from optimizer.errors import CheckFailedError, Fault, InputError
from optimizer.ledger import Ledger, verify_checkpoint
from optimizer.messages import Words

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows
    fcntl = None  # type: ignore[assignment]

_BASE = "/v1/public/ledger"
_MOST = 1 << 20  # bytes of an answer that is read
_SECONDS = 60


class Log(Protocol):
    """Where a log is read, and where a cosignature goes."""

    @property
    def hash(self) -> Hash:
        """What its tree is made with."""
        ...

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint."""
        ...

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` entries extends that of `old`."""
        ...

    def add(self, size: int, line: str) -> None:
        """Hand in a cosignature."""
        ...


class Served:
    """A log that `double-random serve` serves.

    Parameters
    ----------
    address
        Such as ``https://jc.example.cn``.
    """

    hash = SHA256

    def __init__(self, address: str) -> None:
        self._base = address.rstrip("/") + _BASE
        if urlsplit(address).scheme not in ("http", "https"):
            raise fault("address", address, "expected http:// or https:// and a host")
        # A witness goes where it was told, not through what the environment names.
        self._opener = build_opener(ProxyHandler({}))

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint."""
        return self._ask("/checkpoint")

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` entries extends that of `old`."""
        told = self._ask(f"/consistency?old={old}&new={new}")
        try:
            return [bytes.fromhex(node) for node in json.loads(told)["proof"]]
        except (ValueError, KeyError, TypeError):
            raise fault("answer", told[:100].decode("utf-8", "replace"), "no proof") from None

    def add(self, size: int, line: str) -> None:
        """Hand in a cosignature; the same one again is no other act."""
        body = json.dumps({"cosignature": line}).encode()
        key = base64.urlsafe_b64encode(line.encode()).decode()[-60:]
        headers = {"content-type": "application/json", "idempotency-key": f"{size}-{key}"}
        self._ask(f"/checkpoints/{size}/cosignatures", body, headers)

    def _ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        request = Request(self._base + path, body, headers or {})  # noqa: S310 - http by __init__
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                data: bytes = answer.read(_MOST)
                return data
        except HTTPError as error:
            with error:
                said = error.read(2000).decode("utf-8", "replace")
            raise fault("answer", path, f"the server says {error.code}: {said}") from None
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise fault("answer", path, f"the server does not answer ({reason})") from None


class Published:
    """A campaign's own ledger in a publication's folder: it is recomputed from its entries.

    Parameters
    ----------
    folder
        The publication.
    out
        Gets the checkpoint with the cosignature; it must not exist.
    """

    def __init__(self, folder: Path, out: Path) -> None:
        try:
            self._note = (folder / "ledger" / "checkpoint.txt").read_bytes()
            entries = (folder / "ledger" / "entries.jsonl").read_bytes()
        except OSError as error:
            raise fault("folder", folder.name, f"expected a publication ({error})") from None
        self._ledger = Ledger.read(entries)
        self._out = out
        if out.exists():
            raise fault("out-exists", out.name, "expected a new file")

    @property
    def hash(self) -> Hash:
        """What the campaign's hash is."""
        return self._ledger.hash

    def checkpoint(self) -> bytes:
        """Return the checkpoint, once it is known to be that of the entries."""
        _, rest = self._note.split(b"\n", 1)
        size, root, _ = rest.split(b"\n", 2)
        if (size, root) != (b"%d" % len(self._ledger), base64.b64encode(self._ledger.root)):
            raise CheckFailedError(
                Words("the checkpoint is not that of the entries", "检查点与条目不符")
            )
        return self._note

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof, made here from the entries."""
        assert new == len(self._ledger)
        return self._ledger.consistency_proof(old)

    def add(self, size: int, line: str) -> None:
        """Write the cosigned checkpoint, to be given to `verify.py --seen`."""
        self._out.write_bytes(self._note + f"{line}\n".encode())


class State:
    """What a witness saw last of one log: the signed checkpoint, on its disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Return the checkpoint, or ``None`` before the first."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def put(self, signed: bytes) -> None:
        """Replace it, on the disk before this returns; to be called under `alone`."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("wb") as file:
            file.write(signed)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        if fcntl is not None:
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the only right to compare and swap."""
        with self._path.with_name(f"{self._path.name}.lock").open("wb") as file:
            if fcntl is not None:
                # Released when the file is closed, also by a crash.
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a look at a log.

    Attributes
    ----------
    before
        Size that was seen last; 0 at the first look.
    """

    size: int
    before: int
    line: str


def cosign(log: Log, vkey: str, state: State, cosigner: Cosigner, now: Callable[[], int]) -> Seen:
    """Cosign a log's newest checkpoint, if it extends what was seen last.

    Parameters
    ----------
    vkey
        The log's verifier key, taken from elsewhere than the server.
    now
        Gives the seconds since 1970.

    Raises
    ------
    CheckFailedError
        If the signature does not hold, or the log is not the one that was seen last, grown: it
        shrank, it has another root, or the proof does not hold. Nothing is cosigned then, and what
        was seen stays.
    """
    signed = log.checkpoint()
    _, size, root = verify_checkpoint(signed, vkey)
    text, _ = note.split(signed)
    with state.alone():
        known = state.read()
        before = 0
        if known is not None:
            _, before, old_root = verify_checkpoint(known, vkey)
            if size < before:
                raise CheckFailedError(
                    Words(
                        f"the log has {size} entries and had {before}: it shrank, so what was "
                        "published after that is gone; nothing is cosigned",
                        f"日志现有 {size} 条，此前有 {before} 条：日志变短，其后公布的内容已缺失；"
                        "未予联署",
                    )
                )
            proof = [] if size == before else log.consistency(before, size)
            if not merkle.verify_consistency(before, size, old_root, root, proof, log.hash):
                raise CheckFailedError(
                    Words(
                        f"the log of {size} entries does not extend the one of {before} that was "
                        "seen before: a fork; nothing is cosigned. Keep the state file: with the "
                        "new checkpoint it proves the fork",
                        f"{size} 条的日志不是此前所见 {before} 条日志的延续：日志已分叉，未予联署。"
                        "请保留状态文件：它与新的检查点一起可证明分叉",
                    )
                )
        if size > before:
            state.put(signed)
    line = cosigner.cosign(text, now())
    log.add(size, line)
    return Seen(size, before, line)


def new_key(name: str, path: Path, token: Callable[[int], bytes]) -> Witness:
    """Make a witness's key: a private file, and beside it ``.vkey``, to be given out.

    Raises
    ------
    InputError
        If the name is none, or the file exists.
    """
    try:
        note.refuse_name(name)
    except ValueError as error:
        raise fault("name", name, str(error)) from None
    if path.exists() or _beside(path).exists():
        raise fault("key-exists", path.name, "expected a new file: a key is never written over")
    witness = Cosigner(name, write_log_key(path, token)).witness
    _beside(path).write_text(witness.vkey + "\n", "utf-8")
    return witness


def read_key(path: Path) -> Cosigner:
    """Read a key that `new_key` made.

    Raises
    ------
    InputError
        If it is missing, malformed, open to others, or not that of the verifier key beside it.
    """
    seed = read_secret(path, "witness-key", "the key that this witness signs with")
    try:
        told = Witness.parse(_beside(path).read_text("utf-8"))
    except OSError:
        raise fault("vkey-missing", _beside(path).name, "expected it beside the key") from None
    cosigner = Cosigner(told.name, seed)
    if cosigner.witness != told:
        raise fault("vkey-other", _beside(path).name, "expected the verifier key of this key")
    return cosigner


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.vkey")


def fault(code: str, value: Any, expected: str) -> InputError:
    """Return the error of a witness's bad input."""
    mend = "Look at the name, the file or the server, and begin again."
    return InputError(
        Fault(f"witness-{code}", "witness", value=str(value), expected=expected, mend=mend)
    )
