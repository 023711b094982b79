"""What can be wrong with an object or a village of the registry, by whatever way it comes."""

from __future__ import annotations

from collections.abc import Sequence

from forms.errors import N_, Conflict, Fault, RegistryFaults


class RegistryEntityInvalid(RegistryFaults):
    """One object or village that breaks the rules of the registry, with every fault found."""

    text = N_("This cannot stand in the registry: {first}")
    code = 400.28

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        column = faults[0].column
        self.details = {
            **self.details,
            "first": f"{column}: {faults[0].message}" if column else str(faults[0].message),
        }


class ObjectTaken(Conflict):
    text = N_("{code} stands in the registry already. Change that one, or give this one another code.")
    code = 409.3


class ObjectInRound(Conflict):
    text = N_(
        "The object {code} belongs to the round {round_id} and cannot be deleted. Set its status instead, "
        "and phones are not offered it any more."
    )
    code = 409.2


class VillageServed(Conflict):
    text = N_("The village {code} is served by {object_id} and cannot be deleted. Change that object first.")
    code = 409.2


class RegistryFixed(Conflict):
    text = N_("The list {name} is the registry: its properties are fixed, and it cannot be removed.")
    code = 409.2


class RegistryNotPurged(Conflict):
    text = N_("The registry stands in the ledger, and what was in it is never purged.")
    code = 409.2
