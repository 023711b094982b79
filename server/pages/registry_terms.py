"""The registry in words: what each attribute of an object and a village is called, and how it is filled in.

The codes of attributes are columns of spreadsheets and tables; people at the desk read and write these words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields

from forms.errors import N_
from forms.evaluation import SUBTYPES
from forms.registry import METHODS, STATUSES, RegistryObject

PROPERTY: dict[str, str] = {
    "object_id": N_("Code, which never changes"),
    "type": N_("Type"),
    "subtype": N_("Subtype"),
    "name_ky": N_("Name in Kyrgyz"),
    "name_ru": N_("Name in Russian"),
    "name_en": N_("Name in English"),
    "status": N_("State"),
    "function": N_("What it does"),
    "short_name": N_("Short name"),
    "aliases": N_("Other names"),
    "legal_form": N_("Legal form"),
    "org_tax_id": N_("Tax number of the organisation"),
    "founded_on": N_("Founded on"),
    "founding_act_no": N_("Number of the founding act"),
    "aimak_code": N_("Code of the aiyl aimak"),
    "aimak_name_ky": N_("Aiyl aimak, in Kyrgyz"),
    "aimak_name_ru": N_("Aiyl aimak, in Russian"),
    "aimak_name_en": N_("Aiyl aimak, in English"),
    "district": N_("District"),
    "oblast": N_("Oblast"),
    "villages_served": N_("Villages it serves: their codes"),
    "address": N_("Address"),
    "lat": N_("Latitude of the office or facility"),
    "lon": N_("Longitude of the office or facility"),
    "office_phone": N_("Telephone of the office"),
    "office_email": N_("E-mail of the office"),
    "website": N_("Website"),
    "head_post": N_("Post of the head"),
    "head_name": N_("Name of the head, only if published officially"),
    "users_count": N_("How many use it"),
    "users_unit": N_("Counted in: people, households …"),
    "staff_count": N_("How many work there"),
    "annual_budget_som": N_("Budget of a year, som"),
    "tariff_som": N_("Tariff, som"),
    "tariff_unit": N_("Tariff for: month, cubic metre …"),
    "tariff_act_no": N_("Number of the act that sets the tariff"),
    "contract_no": N_("Number of the contract"),
    "tender_no": N_("Number of the tender"),
    "portal_link": N_("Address at the procurement portal"),
    "method": N_("Method of procurement"),
    "customer_id": N_("Who ordered: the code of that object"),
    "supplier_name": N_("Supplier"),
    "supplier_is_person": N_("The supplier is an individual entrepreneur"),
    "subject_ky": N_("Subject of the contract, in Kyrgyz"),
    "subject_ru": N_("Subject of the contract, in Russian"),
    "subject_en": N_("Subject of the contract, in English"),
    "category": N_("Category"),
    "fund_source": N_("Where the money comes from"),
    "sum_initial_som": N_("Sum at signing, som"),
    "sum_final_som": N_("Sum at the end, som"),
    "signed_on": N_("Signed on"),
    "start_on": N_("Begins on"),
    "due_on": N_("Due on"),
    "finished_on": N_("Finished on"),
    "accepted_on": N_("Accepted on"),
    "warranty_months": N_("Warranty, months"),
    "site_lat": N_("Latitude of the site"),
    "site_lon": N_("Longitude of the site"),
    "valid_from": N_("In the registry from"),
    "valid_to": N_("In the registry until"),
    "predecessor_id": N_("Continues the history of: the code of that object"),
    "local_matter": N_("Local matters: their codes"),
    "responsible_unit": N_("Who is responsible for it"),
    "under_review_until": N_("The supplier may reply until"),
    "code": N_("Code, which never changes"),
    "label_ky": N_("Name in Kyrgyz"),
    "label_ru": N_("Name in Russian"),
    "label_en": N_("Name in English"),
}
METHOD_NAMES: dict[str, str] = {
    "unlimited": N_("unlimited"),
    "limited": N_("limited"),
    "price_quotation": N_("price quotation"),
    "single_source": N_("single source"),
}
# the heading under which a form begins at this property
BEGINS: dict[str, str] = {
    "object_id": N_("What it is"),
    "aimak_code": N_("Where it is"),
    "office_phone": N_("How to reach it"),
    "users_count": N_("How large it is"),
    "contract_no": N_("Contract, of a supplier"),
    "valid_from": N_("Since when, and who is responsible"),
}
# what stands in a property: the kind of its words, and the codes by the heading they stand under
CHOICES: dict[str, tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "type": ("type", (("", tuple(SUBTYPES)),)),
    "subtype": ("subtype", tuple((type_, tuple(known)) for type_, known in SUBTYPES.items())),
    "status": ("object_status", (("", STATUSES),)),
    "method": ("method", (("", METHODS),)),
    "supplier_is_person": ("yes", (("", ("yes",)),)),
}
_KINDS = {each.name: str(each.type) for each in fields(RegistryObject)}
REQUIRED = ("object_id", "type", "subtype", "name_ky", "code", "label_ky")


def groups_of(names: Collection[str]) -> list[tuple[str, list[str]]]:
    """The properties of a list of the registry under headings; those of villages have none."""
    groups: list[tuple[str, list[str]]] = []
    for name in PROPERTY:
        if name in names:
            if not groups or name in BEGINS:
                groups.append((BEGINS.get(name, ""), []))
            groups[-1][1].append(name)
    return groups


def control_of(name: str) -> str:
    """How it is filled in: date, numeric, decimal, or text."""
    kind = _KINDS.get(name, "")
    return {"date | None": "date", "int | None": "numeric", "float | None": "decimal"}.get(kind, "text")
