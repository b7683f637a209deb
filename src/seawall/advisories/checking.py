"""Whether a drafted revision may leave as it is: judged from its documents, just before."""

from collections.abc import Mapping
from typing import Any

from seawall.advisories.drafts import publisher
from seawall.advisories.models import Revision
from seawall.formats.release_documents import DocumentName, check_documents
from seawall.formats.said import read_said
from seawall.vocab.problems import Problem, ProblemSeverity


class Misfit(ValueError):
    """A document would be wrong, or is not about this revision. Draft the advisory again."""


def demand_fit(revision: Revision) -> None:
    """Raise Misfit unless every document is valid, all agree with each other, and they are about
    this revision of this advisory, in the name of whoever publishes here now."""
    documents = {DocumentName.of_file(name): each for name, each in revision.documents.items()}
    if problems := errors_of(documents):
        raise Misfit(f"Its documents are not in order ({problems[0]}); draft it again.")
    if revision.fixes is None:
        raise Misfit("It was drafted by an earlier version of Seawall; draft it again.")
    csaf = csaf_of(revision.documents)
    said = read_said(csaf)
    if (said.name, said.version) != (revision.advisory.public_id, revision.number):
        raise Misfit(f"Its documents are those of {said.name} revision {said.version}.")
    named, mine = csaf["document"]["publisher"], publisher()
    if (named["name"], named["namespace"]) != (mine.name, mine.namespace):
        raise Misfit(f"It was drafted in the name of {named['name']}; draft it again.")


def errors_of(documents: Mapping[DocumentName, dict[str, Any]]) -> tuple[Problem, ...]:
    """What must be mended in the documents or between them before they may leave."""
    return tuple(
        problem
        for found in check_documents(documents).values()
        for problem in found
        if problem.severity is ProblemSeverity.ERROR
    )


def csaf_of(documents: Mapping[str, Any]) -> dict[str, Any]:
    """The security advisory among the documents, which every release has. Raises Misfit."""
    for name, each in documents.items():
        if DocumentName.of_file(name) is DocumentName.CSAF:
            return dict(each)
    raise Misfit("It has no CSAF document; draft it again.")
