"""What a server is told when it starts. Nothing is read or made at import."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.canon.cosignature import Witness
from optimizer.errors import Fault, InputError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one server.

    Attributes
    ----------
    db
        SQLite file; the log's key stands beside it as ``<db>.log-key``.
    url
        A PostgreSQL database instead; `db` then only names what stands beside it.
    home
        Folder of what stands beside the store; by default that of `db`.
    host, port
        Where to listen; loopback by default, port 0 takes a free one.
    max_json, max_upload
        Bytes of a JSON body, and of an uploaded scenario as it is sent.
    max_unpacked, max_files
        Bytes and files of an uploaded scenario once it is unpacked.
    max_reading, max_reading_seconds
        Bytes of memory, and seconds of the processor, for reading the uploaded tables that swell.
    page, max_page
        Entries of a list where none are asked for, and at most.
    busy_seconds
        How long a write waits for another before it is refused.
    public_address
        Under which the public reaches this server, such as ``https://jc.example.cn``: QR codes of
        entry codes lead there.
    processes
        Server processes that share the port and the store.
    workers
        Worker processes for long jobs that the server starts; none where `double-random work` runs
        elsewhere.
    key_rate, key_burst
        Requests of one key, a second in the long run and at once. Of one server process, as all
        rates.
    public_rate, public_burst
        The same of one address on what needs no key.
    wrong_rate, wrong_burst
        The same of one address with keys that are none.
    witnesses
        Verifier keys of the witnesses whose cosignatures of the log's checkpoints are taken.
    metrics_on_loopback
        Whether who asks from this machine reads `/metrics` without a key. Off, since a proxy on
        this machine asks from here for everybody.
    """

    db: Path
    url: str = ""
    home: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    max_json: int = MIB
    max_upload: int = 128 * MIB
    max_unpacked: int = 1024 * MIB
    max_files: int = 200
    max_reading: int = 4096 * MIB
    max_reading_seconds: int = 120
    page: int = 50
    max_page: int = 500
    busy_seconds: float = 30.0
    public_address: str = ""
    processes: int = 1
    workers: int = 1
    key_rate: float = 100.0
    key_burst: int = 1000
    public_rate: float = 50.0
    public_burst: int = 500
    wrong_rate: float = 1.0
    wrong_burst: int = 60
    witnesses: tuple[str, ...] = ()
    metrics_on_loopback: bool = False

    @property
    def log_key(self) -> Path:
        """File of the log's Ed25519 key."""
        return self._beside(".log-key")

    @property
    def entry_key(self) -> Path:
        """File of the Ed25519 key that signs entry codes."""
        return self._beside(".entry-key")

    @property
    def newest_checkpoint(self) -> Path:
        """File that keeps the newest checkpoint apart from the store."""
        return self._beside(".checkpoint")

    def _beside(self, ending: str) -> Path:
        return (self.home or self.db.parent) / (self.db.name + ending)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    def refuse_open_door(self, *, has_keys: bool) -> None:
        """Refuse to listen beyond this machine while no key exists.

        Raises
        ------
        InputError
            If `host` is not loopback and there is no key.
        """
        if not self.is_loopback and not has_keys:
            raise InputError(
                Fault(
                    "serve-open-door",
                    "serve",
                    field="--host",
                    value=self.host,
                    expected="without keys the server listens on this machine only",
                    mend="Make a key first: double-random serve --new-key admin.",
                )
            )

    def refuse_odd_witnesses(self) -> None:
        """Refuse what is no witness's verifier key, and two witnesses of one name.

        Raises
        ------
        InputError
            At the first of them.
        """
        names = [Witness.parse(vkey).name for vkey in self.witnesses]
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    Fault(
                        "witness-twice",
                        "serve",
                        field="witnesses",
                        value=name,
                        expected="expected a key for each witness",
                        mend="Leave the old key out.",
                    )
                )

    def refuse_odd_address(self) -> None:
        """Refuse a public address that a QR code in capitals cannot lead to.

        Raises
        ------
        InputError
            If it is more than scheme, host and port.
        """
        if not re.fullmatch(r"(https?://[0-9A-Za-z.-]+(:[0-9]{1,5})?/?)?", self.public_address):
            raise InputError(
                Fault(
                    "serve-public-address",
                    "serve",
                    field="--public-address",
                    value=self.public_address,
                    expected="expected http:// or https://, a host, and a port at most",
                    mend="Leave paths out: the server stands at the top of its host.",
                )
            )


def is_loopback(host: str) -> bool:
    """Return whether an address is one of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def store_settings(db: str, home: Path | None = None, **more: Any) -> Settings:
    """Return the settings of a store as a person names it.

    Parameters
    ----------
    db
        An SQLite file, or the URL of a PostgreSQL database.
    home
        Folder of the log's key and the newest checkpoint. By default that of the SQLite file, and
        the working folder with a database.
    more
        The other settings.
    """
    if "://" in db:
        return Settings(db=Path("double-random"), url=db, home=home, **more)
    return Settings(db=Path(db), home=home, **more)
