"""`py_ecc`, without what its import does to the whole process.

It raises the interpreter's limit of recursion so far that deeply nested JSON, which other tests
read on purpose, would overflow the stack instead of being refused.
"""

import sys

_LIMIT = sys.getrecursionlimit()

from py_ecc.bls.g2_primitives import G1_to_pubkey, G2_to_signature  # noqa: E402
from py_ecc.bls.hash_to_curve import hash_to_G1, hash_to_G2  # noqa: E402
from py_ecc.optimized_bls12_381 import (  # noqa: E402
    G1,
    G2,
    add,
    b,
    b2,
    curve_order,
    field_modulus,
    is_on_curve,
    multiply,
    normalize,
)

sys.setrecursionlimit(_LIMIT)

__all__ = [
    "G1",
    "G2",
    "G1_to_pubkey",
    "G2_to_signature",
    "add",
    "b",
    "b2",
    "curve_order",
    "field_modulus",
    "hash_to_G1",
    "hash_to_G2",
    "is_on_curve",
    "multiply",
    "normalize",
]
