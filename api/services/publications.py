"""A campaign's publication, held against the stand-alone verifier before it is made."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.services import campaigns
from api.services.documents import list_documents, read_document
from api.services.service import Service
from api.store.tables import CampaignRow
from optimizer.errors import CheckFailedError
from optimizer.messages import fault_verdict
from optimizer.verifier.verify import verify


def publication_files(service: Service, row: CampaignRow, session: Session) -> dict[str, bytes]:
    """Return a campaign's documents with their manifest, as a folder would hold them."""
    paths = [each["path"] for each in list_documents(service, row, session)]
    return {path: read_document(service, row, session, path).data for path in paths}


def check_publication(service: Service, name: str) -> str:
    """Recompute all that a campaign would publish; return the campaign's ETag as it was read.

    Raises
    ------
    ProblemError
        If there is no such campaign.
    CheckFailedError
        With what does not hold.
    """
    with service.store.read() as session:
        row = campaigns.find(session, name)
        files, etag = publication_files(service, row, session), campaigns.etag(row)
    fault = verify(files).first_fault
    if fault is not None:
        raise CheckFailedError(fault_verdict(fault))
    return etag
