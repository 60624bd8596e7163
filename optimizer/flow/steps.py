"""The steps of a campaign in its folder: each takes a dossier and gives the next one.

    commit → seal (sealed mode) → reveal → plan → teams → open (sealed mode)

with record before a seed whose source has parties, and substitute, void and a repeated commitment
where they have their place. Every step is in the ledger; what waits for opening stands there as
a hash that holds the secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.registry import Document
from optimizer.draw import (
    Places,
    Seed,
    draw_enterprises,
    make_results,
    seal_commitment,
    sealed_digest,
    told_document,
)
from optimizer.draw.sources import check_announced
from optimizer.errors import InputError
from optimizer.flow.acts import EFFORT, documents_of_others, staffed_plan
from optimizer.flow.book import Book, Given, names_of, sign
from optimizer.flow.dossier import (
    ABOUT,
    FRAME_LINES,
    LABELS,
    NAMES,
    SECRET,
    SECRETS,
    SUBSTITUTIONS,
    TOLD,
    Dossier,
)
from optimizer.flow.drawn import CHANGES
from optimizer.flow.given import Secrets, announced_of
from optimizer.flow.order import VERB, check_commit, check_order, check_reason, check_time
from optimizer.flow.restored import (
    commit_now,
    fix_odds,
    restore_committed,
    restore_revealed,
)
from optimizer.flow.reveals import append_reveals, ready_ledger, refuse_pledged, refuse_used
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import make_leaves, roster_document

OTHERS = ("transcript/earlier/", "transcript/draws/")
"""Where the draws stand that a campaign goes on from."""


def commit_step(
    before: Dossier | None,
    given: Given,
    secrets: Secrets,
    *,
    sealed: bool,
    about: Mapping[str, Any],
    again: bool = False,
    reason: str = "",
) -> Dossier:
    """Fix frame and spec, and name the seed source, before the seed exists.

    Parameters
    ----------
    before
        The campaign as it stands, where it is committed again.
    secrets
        Salts and the log's key; for a repeated commitment the same key and fresh salts, since
        the earlier ones may have been published.
    sealed
        Whether nobody may know who was drawn before a secret is opened.
    about
        How the scenario was read, kept in the private part.
    again, reason
        For a repeated commitment: both are in the ledger.
    """
    ledger = None
    kept: dict[str, bytes] = {}
    private: dict[str, bytes] = {}
    if before is not None:
        if before.ledger.campaign != given.scenario.campaign.id:
            raise InputError(
                make_fault("campaign-other", VERB, None, "commit", given.scenario.campaign.id,
                           campaign=before.ledger.campaign)
            )  # fmt: skip
        check_commit(before, again=again, reason=reason)
        check_time(before, given.time)
        ledger = before.ledger
        kept, private = _set_aside(before)
    made = commit_now(
        given.scenario, secrets, given.time, sealed=sealed, ledger=ledger, again=reason
    )
    if ledger is not None:
        refuse_pledged(made.spec.document["seed_source"], ledger)
    lines = b"".join(line + b"\n" for line in made.frame.lines)
    kept |= {
        "transcript/frame.json": canon.canonical(made.frame.document),
        "transcript/spec.json": canon.canonical(made.spec.document),
    } | ({} if sealed else {FRAME_LINES: lines})
    kept |= documents_of_others(made.campaign)
    private |= {
        SECRETS: canon.canonical({**secrets.held(), "demo": secrets.demo}),
        LABELS: canon.canonical(dict(made.classes)),
        ABOUT: canon.canonical(dict(about)),
    } | ({FRAME_LINES: lines} if sealed else {})
    return sign(Dossier(kept, private), given, made.ledger)


def _set_aside(before: Dossier) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files of a campaign with those of its present commitment put under its number."""
    number = before.ledger.course.commitments
    kept = {path: data for path, data in before.public.items() if path.startswith("superseded/")}
    kept |= {
        path.replace("transcript/", f"superseded/{number}/", 1): data
        for path, data in before.public.items()
        if path.startswith("transcript/")
        and not path.startswith(OTHERS)
        and path not in (FRAME_LINES, SUBSTITUTIONS, CHANGES)
    }
    private = {}
    for path, data in before.private.items():
        ended = path.startswith("transcript/") or path in (SECRET, SECRETS, LABELS, ABOUT, NAMES)
        private[f"superseded/{number}/{path}" if ended else path] = data
    return kept, private


def seal_step(
    before: Dossier,
    given: Given,
    secret: bytes,
    *,
    open_after: date | None = None,
    reason: str = "",
) -> Dossier:
    """Commit a secret, before the seed exists, or what it comes from can be known.

    Parameters
    ----------
    secret
        32 random bytes.
    open_after
        The last day on which it stays shut; by default the last day of the orders' windows.
    reason
        Why, where a secret is sealed already (the earlier one was lost): it is in the ledger.
    """
    again = before.ledger.course.sealed
    check_order(before, "reseal" if again and reason else "seal")
    check_time(before, given.time)
    spec = before.parsed("transcript/spec.json")
    # Who seals a secret once the source can be known might choose it by that.
    check_announced(spec["seed_source"], given.time)
    after = open_after.isoformat() if open_after else max(i["window"][1] for i in spec["items"])
    body: Document = {
        "commitment": seal_commitment(Key(secret, before.ledger.hash), before.ledger.campaign),
        "open_after": after,
    }
    if again:
        check_reason(reason, "seal")
        body["again"] = {"reason": reason}
    kept = {SECRET: canon.canonical({"campaign": before.ledger.campaign, "secret": secret.hex()})}
    return sign(before.but(private=kept), given, before.ledger.append("seal", given.time, body))


def record_step(before: Dossier, given: Given, reveals: Sequence[Mapping[str, Any]]) -> Dossier:
    """Record what the parties of the seed source have revealed.

    Parameters
    ----------
    reveals
        ``party``, ``value``, ``time`` of each that came in.
    """
    check_order(before, "record")
    check_time(before, given.time)
    return sign(before, given, append_reveals(before.ledger, reveals, time=given.time))


def reveal_step(before: Dossier, given: Given, seed: Seed) -> Dossier:
    """Draw with the seed that was shown.

    In sealed mode the ledger takes what the source showed, and the draw without names.
    """
    check_order(before, "reveal")
    check_time(before, given.time)
    secret = before.secret
    made = restore_committed(before, given.scenario)
    ready_ledger(before.ledger, seed, shown=given.time, recorded=None)
    refuse_used(seed, before.shown())
    draw = draw_enterprises(made.frame, made.spec, seed=seed, secret=secret)
    hash = made.frame.hash
    results = make_results(made.frame.ids, draw.document, secret=secret, hash=hash)
    book = Book(before, given)
    book.put("seed", draw.seed_document, **({"source": seed.evidence()} if before.shut else {}))
    more: Document = {"results": results.commitment()}
    if before.shut:
        told = canon.canonical(told_document(draw.document))
        book.public[TOLD] = told
        more["told"] = before.ledger.body(TOLD, told)
    book.put("draw", draw.document, **more)
    book.private[NAMES] = names_of(draw, made)
    return book.close()


def plan_step(
    before: Dossier,
    given: Given,
    *,
    effort: int = EFFORT,
    odds: bool = True,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Dossier:
    """List the checks, merge and schedule them, and fix the inspectors' odds.

    Parameters
    ----------
    odds
        Whether the odds of the scenario's period are fixed in the same step; else they are the
        next one (`commit_teams_step`).
    """
    check_order(before, "plan")
    check_time(before, given.time)
    scenario = given.scenario
    progress.stage("draw")
    revealed = restore_revealed(before, scenario)
    base = revealed.committed
    plan, _ = staffed_plan(revealed, effort=effort, workers=workers, progress=progress)
    roster = roster_document(base.registers, campaign=base.campaign.id)
    book = Book(before, given)
    for kind, document in (
        ("checks", revealed.checks_document),
        ("problem", plan.problem_document),
        ("roster", roster),
        ("plan", plan.document),
    ):
        book.put(kind, document)
    if not odds:
        return book.close()
    progress.stage("odds")
    fixed = fix_odds(
        base, plan.document, revealed.draw.document["key"], scenario, workers, progress
    )
    more: Document = {}
    if secret := before.hiding:
        people = [one["id"] for one in roster["inspectors"]]
        more["leaves"] = make_leaves(fixed, people, secret).commitment()
    book.put("odds", fixed.document, **more)
    announced = announced_of(scenario.teams_seed)
    check_announced(announced, given.time)
    refuse_pledged(announced, before.ledger)
    book.append("teams-seed-source", announced)
    return book.close()


def substitute_step(
    before: Dossier, given: Given, *, order: str, enterprise: str, reason: str
) -> Dossier:
    """Replace an enterprise that has closed or cannot be found by the next reserve."""
    check_order(before, "substitute")
    check_time(before, given.time)
    done = before.substitutions()
    places = Places(canon.parse(before.documents()["transcript/draw.json"]), done)
    made = places.substitute(order, enterprise, reason).document()
    index = len(before.ledger)
    book = Book(before, given)
    if before.shut:
        name = f"substitution/{index}"
        sealed = sealed_digest(before.secret or b"", name, canon.canonical(made))
        body: Document = {"sealed": sealed}
        document = {
            "format": "double-random/substitutions/v1",
            "campaign": before.ledger.campaign,
            "substitutions": [*done, {"entry": index, **made}],
        }
        book.private[SUBSTITUTIONS] = canon.canonical(document)
    else:
        body = {"substitution": made}
    book.append("substitute", body)
    return book.close()


def open_step(before: Dossier, given: Given, *, reason: str = "") -> Dossier:
    """Open the secret and publish what waited for it.

    Parameters
    ----------
    reason
        Why it is opened on or before the stated day; in the ledger.
    """
    check_order(before, "open")
    check_time(before, given.time)
    secret = before.secret
    assert secret is not None
    after = before.last("seal").body["open_after"]
    body: Document = {"secret": secret.hex()}
    if given.time[:10] <= after:
        if not reason:
            raise InputError(make_fault("open-early", VERB, None, "open", after=after))
        check_reason(reason, "open")
        body["early"] = {"reason": reason}
    book = Book(before, given)
    book.public |= before.documents()
    for path in (SUBSTITUTIONS, CHANGES):
        if path in before.private:
            book.public[path] = before.private[path]
    book.append("open", body)
    return book.close()


def void_step(before: Dossier, given: Given, *, reason: str) -> Dossier:
    """Declare that the draw counts for nothing: its secret is lost, say."""
    check_order(before, "void")
    check_time(before, given.time)
    check_reason(reason, "void")
    ledger = before.ledger.append("void", given.time, {"reason": reason})
    return sign(before, given, ledger)
