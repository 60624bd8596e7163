"""The log read by other people's code: tlog-scales, which shares no line with ours."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from conftest import Server
from cryptography.exceptions import InvalidSignature
from tlog_scales.signing import Ed25519CosignatureVerifier, Vkey
from tlog_scales.tlog import (
    Checkpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)
from tlog_scales.utils import sha256

from optimizer.canon.cosignature import Cosigner


def test_their_code_reads_checkpoint_entries_and_proofs(server: Server) -> None:
    """Signature, every inclusion and every consistency proof hold; changed ones do not."""
    server.commit().raise_for_status()
    server.reveal("supervisor").raise_for_status()
    key = Vkey.from_string(server.get("/v1/public/ledger/key", None).text.strip())
    text = server.get("/v1/public/ledger/checkpoint", None).text
    checkpoint = Checkpoint.from_text(text)
    checkpoint.verify(key)
    assert checkpoint.origin == key.name
    assert checkpoint.serialize() == text
    with pytest.raises(InvalidSignature):
        replace(checkpoint, size=checkpoint.size + 1).verify(key)
    assert checkpoint.size >= 5
    for index in range(checkpoint.size):
        entry = server.get(f"/v1/public/ledger/entries/{index}", None).json()
        leaf = sha256(b"\x00" + entry["line"].encode())
        told = server.get(f"/v1/public/ledger/entries/{index}/proof", None).json()
        path = [bytes.fromhex(node) for node in told["proof"]]
        InclusionProof(index, checkpoint.size, path).check(leaf, checkpoint.root_hash)
        with pytest.raises(InclusionProofInvalid):
            InclusionProof(index, checkpoint.size, path).check(sha256(leaf), checkpoint.root_hash)
    earlier = {}
    for size in range(1, checkpoint.size):
        answer = server.get(f"/v1/public/ledger/checkpoint?size={size}", None)
        if answer.status_code == 200:
            earlier[size] = Checkpoint.from_text(answer.text)
            earlier[size].verify(key)
    assert earlier
    for size, old in earlier.items():
        told = server.get(f"/v1/public/ledger/consistency?old={size}", None).json()
        path = [bytes.fromhex(node) for node in told["proof"]]
        proof = ConsistencyProof(size, checkpoint.size, path)
        proof.check(old.root_hash, checkpoint.root_hash)
        with pytest.raises(ConsistencyProofInvalid):
            proof.check(sha256(old.root_hash), checkpoint.root_hash)


def test_their_code_reads_our_cosignatures() -> None:
    """Key, signature and time; over another checkpoint it does not hold."""
    cosigner = Cosigner("witness.example/w", bytes(range(1, 33)))
    root = base64.b64encode(bytes(32)).decode()
    text = f"example.org/log\n3\n{root}\n"
    key = Vkey.from_string(cosigner.witness.vkey)
    checkpoint = Checkpoint.from_text(f"{text}\n{cosigner.cosign(text, 1_790_000_000)}\n")
    checkpoint.verify(key)
    assert Ed25519CosignatureVerifier.get_timestamp(checkpoint.signatures[0].payload) == (
        1_790_000_000
    )
    with pytest.raises(InvalidSignature):
        replace(checkpoint, size=4).verify(key)
