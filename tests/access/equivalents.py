"""Changes that change nothing anybody could see, each with why."""

EQUIVALENT: dict[tuple[str, str], str] = {
    ("core.access", "dropped: who.person is not None and any"): (
        "who is no person has no seat to lose"
    ),
    ("core.access", "max became min: max((min(grant.tier"): (
        "a person has one membership in a party"
    ),
    (
        "core.access",
        "max became min: max((seat.role.rank for seat in who.seats if seat.is_house)",
    ): ("there is one house"),
    ("core.access", "shifted: case.tlp.openness > Tlp.AMBER.openness"): "AMBER becomes AMBER",
    ("core.ways_out", "shifted: tlp.openness > Tlp.AMBER.openness"): "AMBER becomes AMBER",
    ("cases.reading.sees_many", ""): "says how cases are found, not which",
    ("cases.reading.visible_cases", "one_by_one is None"): "says how cases are found, not which",
    ("cases.reading._opened_by", "if one_by_one:"): "says how cases are found, not which",
    ("cases.reading.embargo_holds", "part 2 dropped"): (
        "the database keeps no embargo in force without an end (case_embargo_has_an_end)"
    ),
    ("cases.covering.CasesOfFindings.readable", "without merged_into"): (
        "asked only through what cases cover, and a merged case covers nothing"
    ),
    ("cases.access.case", "part 1 dropped: found is None or held is None"): (
        "of what is not there nobody holds a tier"
    ),
    ("findings.access.finding", "part 1 dropped: found is None or held is None"): (
        "of what is not there nobody holds a tier"
    ),
    ("claims.access._claims_the_same", "without component"): (
        "what overlaps is of one component; the index finds it sooner"
    ),
    ("parties.access.holder_of", "part 1 dropped: row is None"): (
        "where there is no token, nothing matches"
    ),
    ("parties.access.maker_of", "always true: Person.objects.filter("): (
        "nobody has no primary key"
    ),
    ("parties.access.membership", "part 1 dropped: by.person is not None"): (
        "each membership is of somebody"
    ),
    ("parties.access.names_of", "always true: if p"): "nobody is in an empty list",
    ("findings.reading.visible_findings", "many is None"): "says how findings are found, not which",
    ("findings.reading.visible_findings", "always false: if not by.seats"): (
        "who has no seat is opened nothing, case by case and report by report"
    ),
    ("findings.reading.visible_reports", "many is None"): "says how reports are found, not which",
    ("findings.reading.visible_reports", "always true: if one_by_one:"): (
        "says how reports are found, not which"
    ),
    ("findings.reading.visible_reports", "always false: if one_by_one:"): (
        "says how reports are found, not which"
    ),
    ("findings.reading._opened", "always true: if one_by_one:"): (
        "says how findings are found, not which"
    ),
    ("findings.reading._opened", "always false: if one_by_one:"): (
        "says how findings are found, not which"
    ),
    ("findings.reading._own", "always true: if one_by_one:"): (
        "says how findings are found, not which"
    ),
    ("findings.reading._own", "always false: if one_by_one:"): (
        "says how findings are found, not which"
    ),
    ("findings.reading.visible_reports", "always false: if not by.seats"): (
        "who has no seat is opened nothing, seat by seat"
    ),
    ("findings.reading.facts_of", "without report__in"): "what is not asked about is read in vain",
    ("findings.reading.facts_of", "without reporter__isnull"): "nobody sits in a party 0",
    ("findings.reading.facts_of", "part 2 dropped: party or 0"): (
        "those without a sender were left out"
    ),
    (
        "findings.reading.report_facts_of",
        "without report__in",
    ): "what is not asked about is read in vain",
    ("findings.reading.report_facts_of", "without reporter__isnull"): "nobody sits in a party 0",
    ("findings.reading.report_facts_of", "part 2 dropped: receipt.reporter_id or 0"): (
        "those without a sender were left out"
    ),
    ("findings.reading._opened", "without covers__isnull"): (
        "a case that covers nothing adds NULL to the list, which is no finding"
    ),
    ("validation.access.validations", "demand dropped"): "`findings` demands the same scope",
    ("validation.access.validations", "finding_id is not None else many"): (
        "says how findings are found, not which"
    ),
    ("validation.access.validations", "shifted: finding_id is not None [many ="): (
        "says how findings are found, not which"
    ),
    ("validation.access.tiers", "part 2 dropped: now or timezone.now()"): (
        "`findings.tiers` takes no moment for now"
    ),
    ("findings.reading.sees_many", ""): "says how findings are found, not which",
    ("findings.access.report", "part 2 dropped: now or timezone.now()"): (
        "what it asks takes no moment for now"
    ),
    ("findings.access.report", "part 2 dropped: report_tiers("): "False is as little as 0",
    ("findings.access.attachment_bytes", "part 2 dropped: rules.finding_tier("): (
        "False is as little as 0"
    ),
    ("findings.access.findings", "always true: if where.target:"): (
        "every target begins with nothing"
    ),
    ("findings.access.findings", "always true: if where.text:"): "every title contains nothing",
    ("web.pages.go_back", "part 3 dropped: request.POST.get('next')"): (
        "False is as little an address as nothing"
    ),
    ("web.pages.is_ours", "part 1 dropped: bool(address)"): (
        "Django says no to an empty address too"
    ),
    ("web.who.PageSessions.process_response", "always false: if not hasattr("): (
        "Django leaves an answer alone, too, that has no session"
    ),
    ("web.who.sign_in", "part 2 dropped: request.session.session_key"): (
        "after `login` the session has a key"
    ),
    ("web.who.keep_session", "part 2 dropped: request.session.session_key"): (
        "a session whose key was changed has one"
    ),
    ("web.who._find", "part 2 dropped: not isinstance(known, str)"): (
        "a session without a key holds nothing"
    ),
}
"""By the module and function, and a part of what was changed as `mutants` tells it: how, what, and
in brackets how the statement around it begins."""

TESTS_OF_DOORS = [
    "tests/access/test_few_rows.py",
    "tests/api/test_api.py",
    "tests/api/test_aixcc.py",
    "tests/api/test_auth.py",
    "tests/web/test_access.py",
    "tests/web/test_account_pages.py",
    "tests/web/test_browsers.py",
    "tests/web/test_shell.py",
    "tests/web/test_sign_in_pages.py",
]
"""What is tried besides the tests of the apps."""


def why(mutant: str) -> str | None:
    """Why a mutant, as text, need not be noticed; None when it must be."""
    place, _, what = mutant.removeprefix("seawall.").partition(":")
    for (where, part), reason in EQUIVALENT.items():
        if f"{place}.".startswith(f"{where}.") and part in what:
            return reason
    return None
