"""The checks of a campaign: drawn and triggered ones in one list, each routed to its units.

Format page: ``docs/formats/publication.md``, *transcript/checks.json*.
"""

from optimizer.checks.checklist import CheckList, check_entry, make_checks
from optimizer.checks.level import Level, level_of
from optimizer.checks.route import check_routes

__all__ = ["CheckList", "Level", "check_entry", "check_routes", "level_of", "make_checks"]
