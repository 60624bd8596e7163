"""The ledger: what was published when, in an order nobody can change unseen.

Format page: ``docs/formats/publication.md``, *ledger*. Anchors: Certificate Transparency
(RFC 9162), C2SP checkpoints and signed notes.
"""

from optimizer.ledger.checkpoint import verify_checkpoint
from optimizer.ledger.course import BESIDE, KINDS, REVEALS, Course
from optimizer.ledger.entry import Entry
from optimizer.ledger.log import ORIGIN, Ledger

__all__ = ["BESIDE", "KINDS", "ORIGIN", "REVEALS", "Course", "Entry", "Ledger", "verify_checkpoint"]
