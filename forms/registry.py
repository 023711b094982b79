"""The objects of evaluation and the villages, with the attributes of domain.md 3.2.

The columns of the spreadsheet that `baikoo objects import` reads are called like the attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

STATUSES = ("active", "suspended", "liquidated", "reorganised")
METHODS = ("unlimited", "limited", "price_quotation", "single_source")
LOCAL_MATTERS = (*(f"LM{number:02}" for number in range(1, 20)), "LM99")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryObject:
    """An object of evaluation with the attributes of domain.md 3.2; absent is "" or None."""

    object_id: str
    type: str
    subtype: str
    name_ky: str
    name_ru: str = ""
    name_en: str = ""
    status: str = "active"
    function: str = ""
    short_name: str = ""
    aliases: str = ""
    legal_form: str = ""
    org_tax_id: str = ""
    founded_on: date | None = None
    founding_act_no: str = ""
    aimak_code: str = ""
    aimak_name_ky: str = ""
    aimak_name_ru: str = ""
    aimak_name_en: str = ""
    district: str = ""
    oblast: str = ""
    villages_served: tuple[str, ...] = ()
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    office_phone: str = ""
    office_email: str = ""
    website: str = ""
    head_post: str = ""
    head_name: str = ""  # only if already officially published
    users_count: int | None = None
    users_unit: str = ""
    staff_count: int | None = None
    annual_budget_som: float | None = None
    tariff_som: float | None = None
    tariff_unit: str = ""
    tariff_act_no: str = ""
    contract_no: str = ""
    tender_no: str = ""
    portal_link: str = ""
    method: str = ""
    customer_id: str = ""
    supplier_name: str = ""
    supplier_is_person: bool = False  # an individual entrepreneur: no tax id, no name in public data
    subject_ky: str = ""
    subject_ru: str = ""
    subject_en: str = ""
    category: str = ""
    fund_source: str = ""
    sum_initial_som: float | None = None
    sum_final_som: float | None = None
    signed_on: date | None = None
    start_on: date | None = None
    due_on: date | None = None
    finished_on: date | None = None
    accepted_on: date | None = None
    warranty_months: int | None = None
    site_lat: float | None = None
    site_lon: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    predecessor_id: str = ""
    local_matter: tuple[str, ...] = ()
    responsible_unit: str = ""
    under_review_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """A village of the aimak; `name` is its code in forms and tables."""

    name: str
    label_ky: str
    label_ru: str = ""
    label_en: str = ""
