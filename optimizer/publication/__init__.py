"""One public (一公开): notices, charts and the folder in which everything can be checked."""

from optimizer.publication.bundle import PublicationInput, publish

__all__ = ["PublicationInput", "publish"]
