"""How the invented round of values.py was computed, for the tests of pages."""

from __future__ import annotations

from analytics.results import (
    Method,
    MethodChoice,
    MethodCriterion,
    MethodForm,
    MethodIndicator,
    ResultTable,
    Texts,
)
from tests.server.pages.values import INDICATOR, ROUND, SUPPRESSED

METHOD = Method(
    round=ROUND,
    as_of_seq=412,
    software_version="baikoo 0.1.0",
    forms=(
        MethodForm(
            "pso",
            "2026030100",
            "Коомдук уюмдар",
            "PSO",
            (
                MethodCriterion(
                    "D6",
                    Texts("Ичүүчү суу", "Питьевая вода", "Drinking water"),
                    25,
                    (
                        MethodIndicator(
                            "D6d.1", INDICATOR.labels, "C", "NUM", "саат", 24, 4, 3, 5, False, ()
                        ),
                        MethodIndicator(
                            "D2.5",
                            SUPPRESSED.labels,
                            "C",
                            "Y2-",
                            "",
                            None,
                            None,
                            2,
                            10,
                            True,
                            (
                                MethodChoice("yes", 0, "", Texts("ооба", "да", "yes")),
                                MethodChoice("no", 100, "", Texts("жок", "нет", "no")),
                                MethodChoice("DK", None, "DK", Texts("билбейм", "не знаю", "don't know")),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
    type_weights={"EXEC": 35, "MUN": 25, "PSO": 25, "SUP": 15},
    thresholds={"criterion_coverage": "0.5", "object_coverage": "0.6"},
    tables=(
        ResultTable(
            "criterion_score",
            "How one object did on one criterion in one round.",
            {"score": "0 to 100, the weighted mean of the indicators that were scored"},
            "SELECT round_id, object_id, criterion_code,\n"
            "       sum(score * weight) / sum(weight) AS score\nFROM indicator_score\nGROUP BY ALL;",
        ),
    ),
)
