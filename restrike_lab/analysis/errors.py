"""The error of this room, apart from its numbers so that what only predicts need not load them."""

from __future__ import annotations

from restrike_lab.pss.errors import RestrikeError

__all__ = ["AnalysisError"]


class AnalysisError(RestrikeError):
    """Report a question that cannot be asked this way, such as a column that the table does not have."""

    category = "analysis"
