"""One folder that can be put on any web server: documents, pages, workbooks, verifiers."""

from __future__ import annotations

from typing import Any

from optimizer.canon import Hash, canonical, digest, hash_field, hash_named
from optimizer.publication.excel import workbook
from optimizer.publication.facts import gather
from optimizer.publication.given import Documents, PublicationInput, read_documents
from optimizer.publication.html import Pages, readme
from optimizer.publication.locale_texts import Texts
from optimizer.publication.names import Names
from optimizer.publication.notice import plan_sheets, result_sheets
from optimizer.publication.page_index import index_context
from optimizer.publication.page_notice import notice_context, notice_title

__all__ = ["PublicationInput", "publish"]


def publish(run: PublicationInput) -> dict[str, bytes]:
    """Make every file of the publication, ``manifest.json`` included.

    A pure function: the same input gives the same bytes (workbooks: with the same zlib).

    Returns
    -------
    dict
        Path in the folder → bytes, sorted by path.

    Raises
    ------
    InputError
        Documents of the run are missing.
    """
    documents = read_documents(run.documents)
    texts, names, facts = Texts.load(), Names(run.registers), gather(documents)
    warnings = warnings_of(run, documents, texts)
    sheets = {
        "plan": plan_sheets(run.campaign, facts.items, facts.months, names),
        "results": result_sheets(
            facts.items, documents.checks, documents.plan, facts.teams, names, texts
        ),
    }
    pages = Pages(texts)
    files: dict[str, bytes] = dict(run.documents)
    files |= run.verifiers
    files["summary.json"] = canonical(dict(run.summary))
    files["README.txt"] = readme(run.campaign, hash_named(documents.frame).title, warnings)
    for kind, tables in sheets.items():
        title = notice_title(kind, run, facts, texts)[0]
        files[f"notice-{kind}.xlsx"] = workbook(tables, title=title, campaign=run.campaign)
        context = notice_context(kind, run, documents, facts, tables, texts, warnings)
        files[f"notice-{kind}.html"] = pages.render("notice.html", context)
    listed = sorted([*files, "manifest.json"])
    context = index_context(run, documents, facts, names, texts, warnings, listed)
    files["index.html"] = pages.render("index.html", context)
    files["manifest.json"] = _manifest(run.campaign, files, hash_named(documents.frame))
    return dict(sorted(files.items()))


def warnings_of(run: PublicationInput, documents: Documents, texts: Texts) -> list[tuple[str, str]]:
    """Return what keeps this run from being official; found in the documents where possible."""
    found: list[tuple[str, str]] = []
    if run.demo_secrets:
        found.append(texts.pair("warn.demo"))
    if documents.seed.get("test") or documents.teams_seed.get("test"):
        found.append(texts.pair("warn.fixed"))
    alone = {w for seed in (documents.seed, documents.teams_seed) for w in seed.get("warnings", ())}
    found += [texts.pair(f"warn.{warning}") for warning in sorted(alone)]
    rows = sum(len(r.get("excluded", [])) for r in documents.frame.get("registers", []))
    if rows:
        found.append(texts.pair("warn.excluded", rows=rows))
    return found + list(run.warnings)


def _manifest(campaign: str, files: dict[str, bytes], hash: Hash) -> bytes:
    body: dict[str, Any] = {
        "format": "double-random/manifest/v1",
        "campaign": campaign,
        "files": {path: digest(files[path], hash) for path in sorted(files)},
        **hash_field(hash),
    }
    return canonical(body)
