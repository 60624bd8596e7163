"""Rewrite the committed folders of generated scenarios: ``python -m scenarios.rebuild``.

`small` holds its registers as files; the others are generated at run time from their seed.
"""

from __future__ import annotations

from scenarios.catalogue import FOLDER
from scenarios.generator.folder import scenario_files
from scenarios.generator.profiles import PROFILES

SEED = 2026
AS_FILES = ("small",)


def committed_folders() -> dict[str, dict[str, bytes]]:
    """Return folder below the package → path → bytes."""
    made = {}
    for name, profile in PROFILES.items():
        kind = "presets" if name in ("small", "yangquan", "province") else "adverse"
        made[f"{kind}/{name}"] = scenario_files(profile, SEED, with_registers=name in AS_FILES)
    return made


def main() -> None:
    """Write them all."""
    for folder, files in committed_folders().items():
        for name, data in files.items():
            path = FOLDER / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


if __name__ == "__main__":
    main()
