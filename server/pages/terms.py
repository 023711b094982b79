"""The words of the field for the codes of tables and records, in the glossary's sense."""

from __future__ import annotations

from forms.errors import N_
from server.pages.registry_terms import METHOD_NAMES, PROPERTY

TERMS: dict[str, dict[str, str]] = {
    "type": {
        "EXEC": N_("Executive LSG body"),
        "MUN": N_("Municipal enterprises and institutions"),
        "SUP": N_("Suppliers (contractors) and consultants"),
        "PSO": N_("Public service organisations"),
    },
    "subtype": {
        "ao": N_("aiyl okmotu"),
        "city_hall": N_("city hall"),
        "waste": N_("waste removal"),
        "water": N_("water supply"),
        "kindergarten": N_("kindergarten"),
        "culture": N_("culture"),
        "sport": N_("sport"),
        "library": N_("library"),
        "pasture": N_("pasture service"),
        "wua": N_("water users' association (WUA)"),
        "dwu": N_("rural drinking-water users' union"),
        "works": N_("works"),
        "goods": N_("goods"),
        "services": N_("services"),
        "consulting": N_("consulting"),
        "other": N_("other"),
    },
    "band": {
        "very_good": N_("Very good"),
        "good": N_("Good"),
        "fair": N_("Fair"),
        "poor": N_("Poor"),
        "very_poor": N_("Very poor"),
        "insufficient": N_("Insufficient data"),
    },
    "precision": {"high": N_("high"), "medium": N_("medium"), "low": N_("low")},
    "trend": {
        "improved": N_("Improved"),
        "worsened": N_("Worsened"),
        "no_change": N_("No detectable change"),
        "not_comparable": N_("Not comparable"),
    },
    "flag": {
        "borderline": N_("borderline"),
        "depends_on_weights": N_("depends on weights"),
        "mostly_empty": N_("mostly empty"),
        "little_information": N_("little information"),
        "disagreement": N_("observers disagree"),
        "unverified": N_("without evidence"),
        "off_scale": N_("some answers could not be used"),
    },
    "flag_explained": {
        "borderline": N_(
            "The interval reaches into a neighbouring band: with other answers the word could be different."
        ),
        "depends_on_weights": N_(
            "With equal weights for all criteria and indicators the band would be another one."
        ),
        "mostly_empty": N_("Most of the questions that count here were left without an answer."),
        "little_information": N_(
            "More than half of those asked did not know, did not want to say, or gave no answer."
        ),
        "disagreement": N_("Observers of the same visit wrote down different things."),
        "unverified": N_("No document or photo was attached to this observation."),
        "off_scale": N_("Some answers did not fit the scale; they were counted as missing."),
    },
    "status": {
        "scored": N_("scored"),
        "suppressed": N_("suppressed (too few answers)"),
        "not_applicable": N_("not applicable"),
        "withdrawn": N_("withdrawn"),
        "insufficient": N_("insufficient data"),
        "under_review": N_("waiting for the supplier's reply"),
    },
    "stream": {"C": N_("citizens"), "O": N_("observers")},
    "kind": {
        "monitoring_continuous": N_("monitoring: continuous"),
        "monitoring_temporary": N_("monitoring: temporary"),
        "evaluation_regular": N_("evaluation: regular"),
        "evaluation_one_off": N_("evaluation: one-off"),
    },
    "round_state": {
        "planned": N_("planned"),
        "open": N_("open"),
        "closed": N_("closed"),
        "published": N_("published"),
    },
    "review": {
        "received": N_("submitted"),
        "accepted": N_("accepted"),
        "returned": N_("returned"),
        "void": N_("void"),
        "edited": N_("edited"),
        "corrected": N_("corrected"),
        "kept": N_("still corrected"),
        "superseded": N_("answered anew"),
        "assigned": N_("given a round"),
        "deleted": N_("deleted"),
        "restored": N_("restored"),
    },
    "form_state": {
        "open": N_("open for answers"),
        "closing": N_("closing"),
        "closed": N_("closed for answers"),
    },
    "object_status": {
        "active": N_("active"),
        "suspended": N_("suspended"),
        "liquidated": N_("liquidated"),
        "reorganised": N_("reorganised"),
    },
    "property": PROPERTY,
    "method": METHOD_NAMES,
    "yes": {"yes": N_("yes")},
    "role": {
        "administrator": N_("administrator"),
        "coordinator": N_("coordinator"),
        "organiser": N_("organiser"),
        "designer": N_("designer"),
        "member": N_("group member"),
        "deputy": N_("kenesh deputy"),
        "manager": N_("manager"),
        "viewer": N_("viewer"),
        "data_collector": N_("data collector"),
    },
    "token_scope": {
        "read": N_("read"),
        "submit": N_("send answers"),
        "write": N_("read and change"),
        "everything": N_("everything I may"),
    },
    "scale": {
        "S5": N_("five steps, from very poor to very good"),
        "F5+": N_("how often, more is better"),
        "F5-": N_("how often, less is better"),
        "Y3": N_("yes, partly, no"),
        "Y2": N_("yes or no, yes is better"),
        "Y2-": N_("yes or no, no is better"),
        "T3": N_("better, the same, worse"),
        "NUM": N_("a number between two anchors"),
        "own": N_("points written at the choices"),
    },
}


def term(code: str | None, kind: str) -> str:
    """The English word for a code, to be looked up in the catalogues; a code without one is its own word."""
    if code is None:
        return ""
    return TERMS[kind].get(code, code)
