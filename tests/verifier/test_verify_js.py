"""The second verifier says what the first says: verdict, sections, words, and the place of a fault.

Every report that any test of this folder asks of `verify.py` on files in memory is asked of
`verify.js` as well (`both_verifiers_agree` in conftest.py). Here are the rest: thousands of changes
by seed, hostile values and bytes, folders on disk, and the parts that a report shows only in part.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NEEDED, NODE, SECRETS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hostile import TEXTS, VALUES, texts, values, write
from mutate import ORDER, forge, manifest, mutations
from second import Second, timeless
from test_verify_bound import Case
from test_verify_part import Case as Part
from test_verify_proofs import Town

from optimizer.canon import canonical, digest, note
from optimizer.verifier import verify

pytestmark = pytest.mark.skipif(
    NODE is None and not NEEDED,
    reason="no node here: install it (apt-get install nodejs), or set NODE",
)

SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)
MOST = int(os.environ.get("DOUBLE_RANDOM_MUTATIONS", "2000"))
SEED = int(os.environ.get("DOUBLE_RANDOM_MUTATIONS_SEED", "7"))
"""More mutations, and others: both by the environment."""

PYTHON_FILE = Path(verify.__file__)
JS_FILE = PYTHON_FILE.with_suffix(".js")
OTHERS = ("manifest.json", "summary.json", "ledger/log.vkey", "ledger/checkpoint.txt")


def changes(files: dict[str, bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """(what, files) without end: fields changed, hostile values and bytes, forged or clumsy."""
    rng = random.Random(SEED)
    for seed in itertools.count(SEED):
        for path in (*ORDER, *OTHERS):
            made: list[tuple[object, bytes]] = []
            if path.endswith((".json", ".jsonl")):
                made += [(w, d) for _, w, _, d in mutations(path, files[path], 1, seed)]
                made += [((p, v), d) for p, v, d in values(path, files[path], 1, seed)]
            made += texts(files[path], 1, seed)
            for what, data in rng.sample(made, min(len(made), 40)):
                yield f"{path} {what}"[:200], changed(files, path, data, forged=rng.random() < 0.95)


def changed(files: dict[str, bytes], path: str, data: bytes, *, forged: bool) -> dict[str, bytes]:
    """Return the publication with a document changed; `forged`: all that hangs on it fits."""
    if not forged or path == "manifest.json":
        return {**files, path: data}
    try:
        return (
            forge(files, path, data, SIGNER) if path in ORDER else manifest({**files, path: data})
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        # Beyond what a forger puts right.
        return manifest({**files, path: data})


UNTOUCHED = {"spec", "later teams", "earlier draws", "separate draws"}
"""Sections that the changed publication has nothing for, or whose faults are found before."""


@pytest.mark.slow
def test_thousands_of_changes(second: Second, tiny_documents: dict[str, bytes]) -> None:
    """Whatever is changed, both verifiers find the same thing wrong, in the same words."""
    second.keep(tiny_documents)
    found: Counter[str] = Counter()
    for what, files in itertools.islice(changes(tiny_documents), MOST):
        report = verify.verify(files).as_dict()  # asked of verify.js by the fixture
        found[report["checks"][-1]["name"] if report["first_fault"] else "holds"] += 1
        if report["first_fault"]:
            assert "made sense" not in report["first_fault"]["what"], what
    assert {name for name, _ in verify.SECTIONS} - UNTOUCHED <= {*found}


def priced_part(seed: int) -> dict[str, bytes]:
    """A plan with prices at an enterprise with many checks."""
    for own in itertools.count(seed):
        case, once = Part(own, varied=own % 8 == 7), own % 3 * 4
        prices, more = case.prices(), {"part": 6, "leads": True}
        more |= {"companions": once} if once else {}
        lower = case.lower(prices, 4, 6, leads=True, once=once)
        if prices and lower > 0:
            break
    plan = case.plan(prices, 4, lower, **more)
    named = {"checks": case.listed, "problem": case.problem, "plan": plan}
    return {f"transcript/{name}.json": canonical(value) for name, value in named.items()}


def plans() -> Iterator[tuple[str, dict[str, bytes]]]:
    """(what, files) without end: plans alone with a change of plan, problem or checks."""
    for seed in itertools.count(SEED):
        rng = random.Random(seed)
        town = Town()
        base = town.files(town.plan(more_lost=seed % 2 == 0))
        if seed % 3:
            case = Case(seed)
            plan = case.plan(case.claims)
            named = {"checks": case.listed, "problem": case.problem, "plan": plan}
            base = {f"transcript/{name}.json": canonical(value) for name, value in named.items()}
        if seed % 4 == 3:
            base = priced_part(seed)
        for path in base:
            made: list[tuple[object, bytes]] = []
            made += [(w, d) for _, w, _, d in mutations(path, base[path], 2, seed)]
            made += [((p, v), d) for p, v, d in values(path, base[path], 2, seed)]
            for what, data in rng.sample(made, min(len(made), 60)):
                files = {**base, path: data}
                for target in ("checks", "problem"):
                    old, new = (f[f"transcript/{target}.json"] for f in (base, files))
                    for other in ("problem", "plan"):
                        name = f"transcript/{other}.json"
                        files[name] = files[name].replace(
                            digest(old).encode(), digest(new).encode()
                        )
                yield f"{path} {what}"[:200], files


@pytest.mark.slow
def test_changes_of_plans_alone(second: Second) -> None:
    """Plans with every kind of proof, price and cap: changed, both say the same of them."""
    found: Counter[str] = Counter()
    for what, files in itertools.islice(plans(), MOST // 2):
        report = verify.verify_plan(files).as_dict()  # asked of verify.js by the fixture
        found[report["checks"][-1]["name"] if report["first_fault"] else "holds"] += 1
        if report["first_fault"]:
            assert "made sense" not in report["first_fault"]["what"], what
    assert {*found} == {"holds", "checks", "problem", "plan", "bound"}


def test_formatting_alone_is_refused_alike(
    second: Second, tiny_documents: dict[str, bytes]
) -> None:
    """The same value written otherwise is refused by both in the same words, in every document."""
    second.keep(tiny_documents)
    for path in (*ORDER, "summary.json"):
        if path.endswith("l"):
            continue
        value = json.loads(tiny_documents[path])
        turned = dict(reversed(list(value.items())))
        for data in (
            json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True),
            json.dumps(value, ensure_ascii=False, sort_keys=True),
            json.dumps(turned, separators=(",", ":"), ensure_ascii=False),
            tiny_documents[path].decode() + "\n",
            " " + tiny_documents[path].decode(),
            f'{{"\\u{tiny_documents[path][2]:04x}{tiny_documents[path][3:].decode()}',
        ):
            report = verify.verify(changed(tiny_documents, path, data.encode(), forged=True))
            assert not report.ok, path
            if path != "transcript/spec.json":  # read before the frame is
                assert "canonical form" in report.first_fault["what"], (path, data[:50])


def test_reading_agrees(second: Second) -> None:
    """One document is read to the same value, or refused with the same words."""
    rng = random.Random(11)
    some = [*TEXTS, *(write("", value) for value in VALUES)]
    some += [a + b for a, b in itertools.product(TEXTS[:60], rng.sample(some, 20))]
    some += [b"".join(rng.choices(some[:60], k=3)) for _ in range(1500)]
    some += [bytes(rng.choices(b'[]{},:"\\u0d8e1-. \n\xc3\xa9\xf0', k=9)) for _ in range(3000)]
    some += [b"[" * n + b"]" * n for n in (1, 99, 100, 101, 500, 900)]
    for data in some:
        try:
            verify.parse(data, "file", "place")
            wanted = {"text": data.decode()}
        except verify.Fault as fault:
            wanted = {"file": fault.file, "place": fault.place, "what": fault.what}
        assert second.part("read", data) == wanted, data[:100]


def test_nested_too_deep(second: Second, tiny_documents: dict[str, bytes]) -> None:
    """Where any value may stand, how deep it is nested is the format's word, not an engine's."""
    path = "transcript/plan.json"
    plan = json.loads(tiny_documents[path])
    for depth, fine in ((100, True), (101, False), (900, False), (5000, False)):
        hollow = canonical_with(plan, "solver", b"[" * depth + b"]" * depth)
        report = verify.verify(changed(tiny_documents, path, hollow, forged=True))
        assert report.ok == fine, (depth, report.first_fault)
        if not fine:
            assert report.checks[-1].name == "plan"


def test_texts_too_long(second: Second, tiny_documents: dict[str, bytes]) -> None:
    """How long a text may be is the format's word too: a million letters, whatever their bytes."""
    path = "transcript/plan.json"
    plan = json.loads(tiny_documents[path])
    for letter, more, fine in (("a", 0, True), ("\U0001f600", 0, True), ("企", 1, False)):
        long = letter * (verify.LONGEST + more)
        for value in (long, [[long]], {long: 1}):
            document = write("", {**plan, "solver": value})
            report = verify.verify(changed(tiny_documents, path, document, forged=True))
            assert report.ok == fine
    free = json.loads(tiny_documents["transcript/draw.json"])
    free["distinct"]["simulation"]["mean"] = "1" * verify.LONGEST + ".000000"
    document = write("", free)
    report = verify.verify(changed(tiny_documents, "transcript/draw.json", document, forged=True))
    assert "longer than" in report.first_fault["what"]


def canonical_with(document: dict[str, object], field: str, data: bytes) -> bytes:
    """Return a document with the bytes of a field put in."""
    mark = "here it goes"
    return write("", {**document, field: mark}).replace(f'"{mark}"'.encode(), data)


def test_hashes(second: Second) -> None:
    """SHA-256, SHA-512 and Merkle roots are those of other programs, at every length of a block."""
    rng = random.Random(5)
    for length in (*range(300), 1000, 4096, 65537):
        data = rng.randbytes(length)
        assert second.part("sha256", data) == hashlib.sha256(data).hexdigest()
        assert second.part("sha512", data) == hashlib.sha512(data).hexdigest()
    for count in (0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100):
        leaves = [rng.randbytes(rng.randrange(99)).replace(b"\n", b"") for _ in range(count)]
        lines = b"".join(leaf + b"\n" for leaf in leaves)
        for hash in verify.HASHES.values():
            wanted = verify.merkle_root(leaves, hash).hex()
            assert second.part("root", lines, hash.name.encode()) == wanted


def test_ed25519(second: Second) -> None:
    """Signatures of a library hold; with a bit turned, or with numbers out of range, none does."""
    rng = random.Random(6)
    for _ in range(20):
        private = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        key = private.public_key().public_bytes_raw()
        message = rng.randbytes(rng.randrange(200))
        signature = private.sign(message)
        assert second.part("ed25519", key, message, signature) is True
        scalar = int.from_bytes(signature[32:], "little") + verify._L
        where, bit = rng.randrange(64), 1 << rng.randrange(8)
        bent = signature[:where] + bytes([signature[where] ^ bit]) + signature[where + 1 :]
        for odd in (bent, signature[:32] + scalar.to_bytes(32, "little"), signature[:-1], b""):
            assert second.part("ed25519", key, message, odd) is False
        for odd in (b"\xff" * 32, rng.randbytes(32), key[:-1], bytes(32)):
            wanted = verify.ed25519_holds(odd, message, signature)
            assert second.part("ed25519", odd, message, signature) is wanted
    one = (1).to_bytes(32, "little")  # points of small order, without cofactor
    for odd in (one, bytes(32), (verify._P - 1).to_bytes(32, "little"), one[:-1] + b"\x80"):
        wanted = verify.ed25519_holds(odd, b"m", odd + bytes(32))
        assert second.part("ed25519", odd, b"m", odd + bytes(32)) is wanted


def test_chance(second: Second) -> None:
    """Tickets and words of a stream are those of verify.py."""
    rng = random.Random(8)
    for _ in range(20):
        hash = rng.choice([*verify.HASHES.values()])
        key, name = verify.Key.of(rng.randbytes(32), hash), hash.name.encode()
        names = [f"{rng.randrange(10**9):X}" * rng.randrange(1, 6) for _ in range(50)]
        wanted = verify.by_ticket(key, names)
        assert second.part("order", key, " ".join(names).encode(), name) == wanted
        limits = [rng.randrange(1, 2 ** rng.choice((1, 8, 31, 40, 48))) for _ in range(30)]
        stream = verify.Stream(key)
        wanted = [stream.below(m) for m in limits]
        assert second.part("words", key, " ".join(map(str, limits)).encode(), name) == wanted


# What stands on a disk -----------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tiny_documents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny publication on disk."""
    target = tmp_path_factory.mktemp("tiny")
    for path, data in tiny_documents.items():
        (target / path).parent.mkdir(exist_ok=True)
        (target / path).write_bytes(data)
    return target


def both(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run both programs with the same arguments; exit code and output must be the same."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    first, second = (
        subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=cwd,
            env=environment,
        )
        for command in ([sys.executable, "-I", "-S", str(PYTHON_FILE)], [str(NODE), str(JS_FILE)])
    )
    assert first.returncode == second.returncode, (first, second)
    assert plain(first.stdout) == plain(second.stdout)
    assert bool(first.stderr) == bool(second.stderr)
    return first


def plain(output: str) -> object:
    """Return an output without its times."""
    if output.startswith("{"):
        return timeless(json.loads(output))
    return [line[:24] + line[34:] if line[31:33] == " s" else line for line in output.splitlines()]


def test_folders_agree(folder: Path, tiny_documents: dict[str, bytes], tmp_path: Path) -> None:
    """On a folder, with a key, with kept checkpoints, with a plan alone: the same words."""
    assert both(folder, cwd=tmp_path).returncode == 0
    assert both(folder, "--json", cwd=tmp_path).returncode == 0
    key = tiny_documents["ledger/log.vkey"].decode()
    assert both(folder, "--vkey", key, "--json", cwd=tmp_path).returncode == 0
    assert both(folder, f"--vkey= {key}\n", cwd=tmp_path).returncode == 0
    assert both(folder, "--vkey", key[:-1] + "x", cwd=tmp_path).returncode == 1
    kept = folder / "ledger" / "checkpoint.txt"
    assert both("--seen", kept, folder, "--seen", kept, cwd=tmp_path).returncode == 0
    assert both("--seen", folder / "summary.json", folder, cwd=tmp_path).returncode == 1
    for place in (folder, folder / "transcript"):
        assert both("--plan", place, cwd=tmp_path).returncode == 0
        assert both("--plan", place, "--json", cwd=tmp_path).returncode == 0
    for nowhere in (folder / "ledger", tmp_path):
        assert both(nowhere, cwd=tmp_path).returncode == 1
        assert both("--plan", nowhere, cwd=tmp_path).returncode == 1


def test_wrong_usage_agrees(folder: Path, tmp_path: Path) -> None:
    """Wrong arguments end with 2, and help with 0."""
    for wrong in (
        [],
        ["nowhere"],
        [folder, "--odd"],
        [folder, "--vkey"],
        [folder, "x"],
        [folder, "--seen", "nowhere"],
        [folder, "--json=1"],
        [folder / "summary.json"],
    ):
        assert both(*wrong, cwd=tmp_path).returncode == 2
    done = subprocess.run([str(NODE), str(JS_FILE), "--help"], capture_output=True, check=False)
    assert done.returncode == 0
    assert b"--seen" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="names and links of POSIX")
@pytest.mark.parametrize("name", ["manifest.json", "transcript/draw.json", "transcript/more.json"])
def test_a_document_of_a_gigabyte_is_not_read(
    folder: Path, tiny_documents: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    """What is larger than any document is refused by its size, at once and in no memory."""
    target = shutil.copytree(folder, tmp_path / "large")
    documents = {**tiny_documents, "transcript/more.json": b"{}"}
    for path, data in manifest(documents).items():
        (target / path).write_bytes(data)
    os.truncate(target / name, 10**9)  # a hole: nothing is written
    done = both(target, cwd=tmp_path)
    assert done.returncode == 1
    assert "is larger than 500000000 bytes: no document is read beyond that" in done.stdout
    assert name in done.stdout


def test_odd_folders_agree(folder: Path, tiny_documents: dict[str, bytes], tmp_path: Path) -> None:
    """Links, folders in a file's place, names that are no text, files that are missing."""
    target = tmp_path / "odd"

    def fresh() -> None:
        subprocess.run(["cp", "-r", str(folder), str(target)], check=True)

    def gone() -> None:
        subprocess.run(["rm", "-r", str(target)], check=True)

    def refused() -> None:
        report = json.loads(both(target, "--json", cwd=tmp_path).stdout)
        assert not report["ok"]
        assert both(target, cwd=tmp_path).returncode == 1
        gone()
        fresh()

    fresh()
    (target / "summary.json").unlink()
    refused()
    (target / "summary.json").unlink()
    (target / "summary.json").symlink_to(folder / "summary.json")
    refused()
    (target / "summary.json").unlink()
    (target / "summary.json").mkdir()
    refused()
    (target / "more").symlink_to(folder)
    refused()
    (target / "nowhere").symlink_to(tmp_path / "nowhere")
    refused()
    (target / "公示 \U0001f600\t.txt").write_bytes(b"")
    refused()
    with open(os.fsencode(target) + b"/\xff\xe4\xb8.txt", "wb"):
        pass
    refused()
    (target / "manifest.json").write_bytes(b"\xff\x1b[31m\n")
    refused()
    (target / "empty").mkdir()  # an empty folder holds no file
    assert both(target, "--json", cwd=tmp_path).returncode == 0
    hostile = manifest({**tiny_documents, "x\x1b[2J\u202e\u2028\xad.txt": b""})
    (target / "manifest.json").write_bytes(hostile["manifest.json"])
    refused()


def test_alone_and_of_its_time() -> None:
    """One classic script: no module, no network, nothing newer than ES2020."""
    code = JS_FILE.read_text("utf-8")
    assert code.count("require(") == 2  # fs and path, in node only
    for word in ("import ", "import(", "export ", "fetch(", "XMLHttpRequest", "WebSocket", "eval("):
        assert word not in code, word
    for newer in (".at(-", "replaceAll(", "Object.hasOwn(", "structuredClone", "??=", "||=", "&&="):
        assert newer not in code, newer
    assert max(map(len, code.splitlines())) <= 100
