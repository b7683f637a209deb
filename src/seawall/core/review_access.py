"""Who may see and do what in a review: one policy, default deny.

A submission is known to its lab, to the official and to evaluators; the house that runs the
installation sees none of it unless it is one of these. A partner knows its own application and
its own grants, never a model's name. Nobody determines, evaluates, selects or grants where their
own lab or party is concerned, whatever else they are: there they are of the lab, or the partner.
"""

from seawall.core.submissions import Step
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.reviews import Voice

LAB, OFFICIAL, EVALUATOR = "lab", "official", "evaluator"
_READ, _SUBMIT, _COORDINATE = "read", "submit", "coordinate"


def _has_scope(who: Actor, scope: str) -> bool:
    return who.kind is not ActorKind.TOKEN or scope in who.scopes


def _seated(who: Actor, role: str, *, at_least: MemberRole = MemberRole.VIEWER) -> bool:
    """Whether `who` sits in a party of that role, with at least that role of their own."""
    return any(role in s.party_roles and s.role.rank >= at_least.rank for s in who.seats)


def _acts_for(who: Actor, party: int, *, at_least: MemberRole = MemberRole.VIEWER) -> bool:
    return any(s.party == party and s.role.rank >= at_least.rank for s in who.seats)


def is_official(who: Actor, *, at_least: MemberRole = MemberRole.VIEWER) -> bool:
    """Whether `who` sits in the government's office that determines."""
    return who.is_installation or _seated(who, OFFICIAL, at_least=at_least)


def is_evaluator(who: Actor, *, at_least: MemberRole = MemberRole.VIEWER) -> bool:
    """Whether `who` sits in a party that runs evaluations."""
    return who.is_installation or _seated(who, EVALUATOR, at_least=at_least)


def may_see_submission(who: Actor, *, lab: int, is_draft: bool) -> bool:
    """Whether `who` may know of a submission: its lab; once submitted, official and evaluators."""
    if not _has_scope(who, _READ):
        return False
    if who.is_installation or lab in who.parties:
        return True
    return not is_draft and (is_official(who) or is_evaluator(who))


def reads_everything(who: Actor, *, lab: int) -> bool:
    """Whether `who` reads verdicts and results before they are shared: officials and evaluators,
    except of the lab itself."""
    return lab not in who.parties and (is_official(who) or is_evaluator(who))


def may_see_assessment(who: Actor, *, lab: int, shared: bool) -> bool:
    """Whether `who` may read evaluations and determinations: the lab once the official shared."""
    if not _has_scope(who, _READ):
        return False
    return reads_everything(who, lab=lab) or (shared and lab in who.parties)


_LABS = frozenset({Step.AMEND, Step.SUBMIT, Step.HAND_OVER, Step.WITHDRAW, Step.RELEASE, Step.OPEN})
_OFFICIALS = frozenset({Step.DETERMINE, Step.SHARE})
JUDGING = _OFFICIALS | {Step.BEGIN}
"""Steps that nobody takes about the model of their own lab."""
_LEADS = frozenset({Step.SUBMIT, Step.WITHDRAW, Step.RELEASE, Step.OPEN, Step.CLOSE})


def scope_of(step: Step) -> str:
    """The scope that a token needs for a step."""
    return _SUBMIT if step in _LABS else _COORDINATE


def may_step(who: Actor, step: Step, *, lab: int) -> Decision:
    """Say whether `who` may take a step of a submission that they may see."""
    scope = scope_of(step)
    if not _has_scope(who, scope):
        return Refused(f'this token lacks the scope "{scope}"')
    if who.is_installation:
        return Allowed()
    if step in JUDGING and lab in who.parties:
        return Refused("nobody judges the model of their own lab")
    rank = MemberRole.LEAD if step in _LEADS or step in _OFFICIALS else MemberRole.MEMBER
    as_lab = _acts_for(who, lab, at_least=rank)
    as_official = _seated(who, OFFICIAL, at_least=rank)
    as_evaluator = _seated(who, EVALUATOR, at_least=rank)
    allowed = {
        Step.BEGIN: as_official or as_evaluator,
        Step.CLOSE: as_lab or as_official,
        Step.DELETE: as_lab or as_official,
    }.get(step, as_lab if step in _LABS else as_official)
    whose = "the lab" if step in _LABS else "the official"
    return Allowed() if allowed else Refused(f"it takes a {rank} of {whose} to {step}")


def may_evaluate(who: Actor, *, lab: int) -> Decision:
    """Say whether `who` may plan and run evaluations of that lab's models."""
    if not _has_scope(who, _COORDINATE):
        return Refused(f'this token lacks the scope "{_COORDINATE}"')
    if lab in who.parties:
        return Refused("nobody judges the model of their own lab")
    if is_evaluator(who, at_least=MemberRole.MEMBER) or is_official(
        who, at_least=MemberRole.MEMBER
    ):
        return Allowed()
    return Refused("it takes a member of an evaluator")


def may_see_partner(who: Actor, *, party: int, lab: int) -> bool:
    """Whether `who` may see an application: the applicant, the lab, the official."""
    if not _has_scope(who, _READ):
        return False
    return is_official(who) or party in who.parties or lab in who.parties


def may_apply(who: Actor, *, party: int) -> Decision:
    """Say whether `who` may apply, renew, appeal and withdraw for a party: its leads may."""
    if not _has_scope(who, _SUBMIT):
        return Refused(f'this token lacks the scope "{_SUBMIT}"')
    if who.is_installation or _acts_for(who, party, at_least=MemberRole.LEAD):
        return Allowed()
    return Refused("it takes a lead of the party that applies")


def may_speak(who: Actor, voice: Voice, *, lab: int, party: int) -> Decision:
    """Say whether `who` may select for the lab or for the government; nobody who sits with the
    applicant selects it."""
    if not _has_scope(who, _COORDINATE):
        return Refused(f'this token lacks the scope "{_COORDINATE}"')
    if who.is_installation:
        return Allowed()
    if party in who.parties:
        return Refused("nobody selects their own party")
    if voice is Voice.GOVERNMENT and lab in who.parties:
        return Refused("nobody speaks for the government about their own lab")
    fits = (
        _acts_for(who, lab, at_least=MemberRole.LEAD)
        if voice is Voice.LAB
        else _seated(who, OFFICIAL, at_least=MemberRole.LEAD)
    )
    return Allowed() if fits else Refused(f"it takes a lead of the {voice}")


def may_see_grant(who: Actor, *, partner: int, lab: int) -> bool:
    """Whether `who` may see a grant: the partner its own, the lab and the official all of them."""
    return may_see_partner(who, party=partner, lab=lab)


def may_change_grant(who: Actor, *, lab: int, partner: int | None = None) -> Decision:
    """Say whether `who` may approve, suspend, revoke grants: leads of lab and official, but not
    those of their own party, where the partner is known."""
    if not _has_scope(who, _COORDINATE):
        return Refused(f'this token lacks the scope "{_COORDINATE}"')
    if partner in who.parties:
        return Refused("nobody decides about the access of their own party")
    if is_official(who, at_least=MemberRole.LEAD) or _acts_for(who, lab, at_least=MemberRole.LEAD):
        return Allowed()
    return Refused("it takes a lead of the lab or of the official")


def may_use_grant(who: Actor, *, partner: int) -> Decision:
    """Say whether `who` may ask for a grant and bind keys to it: members of the partner."""
    if not _has_scope(who, _SUBMIT):
        return Refused(f'this token lacks the scope "{_SUBMIT}"')
    if who.is_installation or _acts_for(who, partner, at_least=MemberRole.MEMBER):
        return Allowed()
    return Refused("it takes a member of the partner")
