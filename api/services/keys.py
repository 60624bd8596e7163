"""Keys: making, listing and revoking them."""

from __future__ import annotations

import re

from api.security.keys import ROLES, NewKey, make_key
from api.services.service import Service
from api.store.database import Database, Token, Write
from api.store.tables import Key
from optimizer.errors import Fault, InputError

_DEPARTMENT = re.compile(r"[0-9A-Za-z-]{1,40}")


def new_key(write: Write, token: Token, *, role: str, department: str = "") -> NewKey:
    """Make a key in a transaction; its hash is stored, its making is in the log.

    Raises
    ------
    InputError
        On an unknown role, or a department key without a department.
    """
    faults = []
    if role not in ROLES:
        faults.append(
            Fault(
                "key-role",
                "key",
                field="role",
                value=role,
                expected=f"expected one of {', '.join(ROLES)}",
                mend="Name one of these roles.",
            )
        )
    if (role == "department" and not department) or (
        department and not _DEPARTMENT.fullmatch(department)
    ):
        faults.append(
            Fault(
                "key-department",
                "key",
                field="department",
                value=department,
                expected="expected the code of a department, as the register of units writes it",
                mend="Add --department with the code.",
            )
        )
    if faults:
        raise InputError(faults)
    made = make_key(token)
    write.session.add(
        Key(
            id=made.id,
            hash=made.hash,
            role=role,
            department=department,
            created_at=write.now,
            revoked_at=None,
        )
    )
    write.record("key", {"key": made.id, "role": role, "department": department})
    return made


def first_key(store: Database, token: Token) -> NewKey | None:
    """Make the admin key of a new store; ``None`` where there are keys already."""
    if store.has_keys():
        return None
    with store.write() as write:
        return new_key(write, token, role="admin")


def make_and_store(service: Service, *, role: str, department: str = "") -> NewKey:
    """Make a key in a transaction of its own."""
    with service.store.write() as write:
        return new_key(write, service.token, role=role, department=department)
