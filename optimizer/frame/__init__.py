"""The frame: who can be drawn for what, as committed before the seed exists.

Format page: ``docs/formats/publication.md``, *transcript/frame.jsonl* and *frame.json*.
"""

from optimizer.frame.frame import Frame, build_frame
from optimizer.frame.grounds import hide_grounds, open_ground
from optimizer.frame.labels import label_risk

__all__ = ["Frame", "build_frame", "hide_grounds", "label_risk", "open_ground"]
