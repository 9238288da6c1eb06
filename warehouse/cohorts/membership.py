"""A study as SQL on the treated strokes: who is screened, who leaves at which step, and why.

Each query reads a relation ``strokes`` with the columns of ``stroke_columns``; that of the patients
also reads ``criteria``, the rows of the query of the criteria. The refresh runs them on the
registry, ``warehouse study check`` on the study's expected patients.
"""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.conditions import (
    KEYS,
    ConditionError,
    columns_of,
    literal,
    with_values,
    without_infinity,
)
from warehouse.definitions.config import shown_path, study_path
from warehouse.definitions.dictionary import DictionaryError, remedy
from warehouse.definitions.study import (
    ALL_PATIENTS,
    NEITHER,
    PAGE,
    PLACEHOLDER,
    UNKNOWN,
    Parameter,
    Reason,
    Step,
    StudyDefinition,
    Subgroup,
)
from warehouse.definitions.yaml_lines import with_line

SCREENED = """
population as (

    select
        *,
        {group} as study_group
    from strokes
    where {population}

)"""
CRITERION = """
select
    admission_key,
    {place} as place,
    {keep} as is_met,
    not coalesce({keep}, {stays}) as is_excluded,
    {reason} as reason,
    {decided_by} as decided_by
from population"""
# The rules that look at more than one stroke. `earlier` are the steps before the rule's own.
FIRST_STROKE = """
select
    admission_key,
    {place} as place,
    stroke_number = 1 as is_met,
    stroke_number > 1 as is_excluded,
    {reason} as reason,
    null as decided_by
from population
inner join (
    select
        admission_key,
        row_number() over (
            partition by patient_key order by treated_on, admission_key
        ) as stroke_number
    from population
    anti join (select * from {earlier} where is_excluded) as excluded using (admission_key)
) as eligible using (admission_key)"""
OUTCOME_KNOWN = """
select
    admission_key,
    {place} as place,
    not has_deaths_only as is_met,
    has_deaths_only and is_known as is_excluded,
    {reason} as reason,
    null as decided_by
from population
inner join (
    select
        admission_key,
        is_known,
        count(*) filter (where is_known and is_dead_90d) over each_group > 0
        and count(*) filter (where is_known and is_dead_90d) over each_group
        = count(*) filter (where is_known) over each_group
        and count(*) filter (where is_known) over each_group < count(*) over each_group
            as has_deaths_only
    from (
        select
            admission_key,
            study_group,
            is_dead_90d,
            not coalesce(has_left, false) as is_known
        from population
        left join (
            select
                admission_key,
                bool_or(is_excluded) as has_left,
                bool_or(is_excluded and not list_contains({of_outcome}, place)) as has_left_before
            from {earlier}
            group by admission_key
        ) as steps using (admission_key)
        where not coalesce(has_left_before, false)
    ) as candidates
    window each_group as (partition by study_group)
) as candidates_of_groups using (admission_key)"""
# A value of a line: a number (yes is 1), or a text of a line of levels.
VALUE = (
    "{{'variable': {variable}, 'observed': cast({number} as double), "
    "'level': cast({level} as varchar)}}"
)
# A value that is no number, as of a division by zero, is unknown.
FINITE = "if(isfinite(cast({value} as double)), cast({value} as double), null)"
# All lines are read in one pass: a query for each is planned, and scans, as often as there are.
VALUES = """
select {study} as study, variable, study_group, subgroup, observed, level, count(*) as n
from (
    select study_group, subgroup, unnest([{values}], recursive := true)
    from (select *, {subgroup} as subgroup from analyzed where study = {study})
)
group by all"""
# The codes of the subgroups that a patient is in, with that of everybody.
SUBGROUPS = f"unnest(list_concat(['{ALL_PATIENTS}'], map_values(subgroups)))"
NO_VALUES = """
select
    '' as study, '' as variable, study_group, '' as subgroup,
    cast(null as double) as observed, cast(null as varchar) as level, 0 as n
from analyzed
where false"""
RULES = {"first_stroke": FIRST_STROKE, "outcome_known": OUTCOME_KNOWN}


class StudySql:
    """SQL of one study. Raises ConditionError naming the place of an expression that is wrong."""

    def __init__(self, study: StudyDefinition) -> None:
        """Check and translate each expression of the study."""
        self.study = study
        self._values: dict[str, Parameter] = study.values()
        self._columns = stroke_columns()
        self._known = {*self._columns} - KEYS
        self._population = self._population_of()
        self._known.add("study_group")

    def criteria(self) -> str:
        """Return the query of each step that was checked of each screened stroke.

        Columns: study, admission_key, place, is_met, is_excluded, reason, decided_by.
        """
        return f"{self._with()}\nselect {literal(self.study.name)} as study, * from {self._last}"

    def patients(self) -> str:
        """Return the query of the screened strokes, which also reads ``criteria`` (see above).

        Columns: study, admission_key, patient_key, site, study_group, left_at (the place of the
        step at which the patient leaves; null for who is analyzed), reason, variables, subgroups
        (the part by characteristic; unknown, or none, of who is in no part).
        """
        variables = ", ".join(
            f"{literal(each.variable)}: "
            + FINITE.format(value=self.sql_of(f"variables.{each.variable}", each.value))
            for each in self.study.variables
        )
        variables = f"map {{{variables}}}" if variables else "cast(null as map(varchar, double))"
        subgroups = ", ".join(
            f"{literal(each.characteristic)}: {self._part_of(each)}"
            for each in self.study.subgroups
        )
        subgroups = f"map {{{subgroups}}}" if subgroups else "cast(null as map(varchar, varchar))"
        return f"""with {self._population},

left_study as (

    select admission_key, min(place) as left_at, arg_min(reason, place) as reason
    from criteria
    where study = {literal(self.study.name)} and is_excluded
    group by admission_key

)

select
    {literal(self.study.name)} as study,
    population.admission_key,
    population.patient_key,
    population.site,
    population.study_group,
    left_study.left_at,
    left_study.reason,
    {variables} as variables,
    {subgroups} as subgroups
from population
left join left_study on population.admission_key = left_study.admission_key"""

    def value_counts(self) -> str:
        """Return the query of how often each value of each line occurs among the analyzed.

        It reads ``analyzed``, the strokes of all studies with study, study_group and variables.
        Columns: study, variable, study_group, observed (a number; yes is 1, no is 0), level (a
        text, of lines of levels), n, subgroup (all, or one of a patient's). Empty without lines.
        """
        own = {each.variable for each in self.study.variables}
        values = []
        for _, _, line in self.study.lines():
            value, text = self._value(line.variable, own), line.summary == "levels"
            number = "null" if text else value
            level = value if text else "null"
            values.append(VALUE.format(variable=literal(line.variable), number=number, level=level))
        if not values:
            return NO_VALUES
        return VALUES.format(
            study=literal(self.study.name),
            values=", ".join(values),
            subgroup=SUBGROUPS if self.study.subgroups else literal(ALL_PATIENTS),
        )

    def _value(self, variable: str, own: set[str]) -> str:
        if variable in own:
            return f"variables[{literal(variable)}]"
        if variable not in {*self._columns} - KEYS:
            raise ConditionError(f"tables: the registry and the study have no variable {variable}")
        return f'"{variable}"'

    def _part_of(self, subgroup: Subgroup) -> str:
        """Return SQL of the first part whose condition holds; of none, whether one is unknown."""
        where = f"subgroups.{subgroup.characteristic}"
        conditions = [
            (part.subgroup, self.sql_of(f"{where}.{part.subgroup}", part.where))
            for part in subgroup.groups
        ]
        parts = " ".join(f"when {sql} then {literal(code)}" for code, sql in conditions)
        is_unknown = " or ".join(f"{sql} is null" for _, sql in conditions)
        return f"case {parts} when {is_unknown} then '{UNKNOWN}' else '{NEITHER}' end"

    def _population_of(self) -> str:
        period = self.study.period
        parts = [f"treated_on >= date '{period.start}'"]
        if period.end:
            parts.append(f"treated_on <= date '{period.end}'")
        if self.study.sites != "all":
            parts.append(f"site in ({', '.join(map(literal, self.study.sites))})")
        groups = "\n            ".join(
            f"when {self.sql_of(f'groups.{each.study_group}', each.where)} "
            f"then {literal(each.study_group)}"
            for each in self.study.groups
        )
        group = f"case\n            {groups}\n        end" if groups else "'all'"
        return SCREENED.format(group=group, population="\n        and ".join(parts))

    @property
    def _last(self) -> str:
        """Name of the relation that has all steps."""
        return f"steps_to_{len(self.study.flow)}"

    def _with(self) -> str:
        """Return population and steps; what a rule reads are the steps before it."""
        relations, selects = [self._population], []
        for place, step in enumerate(self.study.flow, start=1):
            if step.rule:
                relations.append(_relation(f"steps_to_{place - 1}", selects))
                selects = [f"\nselect * from steps_to_{place - 1}", self._rule(place, step)]
            elif step.keep:
                selects.append(self._criterion(place, step))
        relations.append(_relation(self._last, selects))
        return "with\n" + ",\n".join(relations)

    def _criterion(self, place: int, step: Step) -> str:
        where = f"flow.{step.step}"
        keep = self.sql_of(f"{where}.keep", step.keep or "")
        decided = [
            f"'{name} = ' || coalesce(cast({name} as varchar), 'unknown')"
            for name in self._used(step.keep or "")
        ]
        return CRITERION.format(
            place=place,
            keep=keep,
            stays=str(step.unknown == "stays").lower(),
            reason=self._reason(where, step.because),
            decided_by=" || ', ' || ".join(decided) or "null",
        )

    def _rule(self, place: int, step: Step) -> str:
        of_outcome = [i for i, each in enumerate(self.study.flow, start=1) if each.of_outcome]
        return RULES[str(step.rule)].format(
            place=place,
            earlier=f"steps_to_{place - 1}",
            reason=self._reason(f"flow.{step.step}", step.because),
            of_outcome=literal(tuple(of_outcome)),
        )

    def _reason(self, where: str, reasons: tuple[Reason, ...]) -> str:
        """Return SQL of the first text that can be filled and whose condition holds."""
        texts = []
        for each in reasons:
            text = self._text(f"{where}.because", each.text)
            if each.when:
                text = f"case when {self.sql_of(f'{where}.because', each.when)} then {text} end"
            texts.append(text)
        return f"coalesce({', '.join(texts)})" if len(texts) > 1 else texts[0]

    def _text(self, where: str, text: str) -> str:
        """Return a text with columns in braces as SQL, null where one is."""
        filled, parts = self.study.filled(text), []
        for number, part in enumerate(PLACEHOLDER.split(filled)):
            if number % 2 == 0:
                parts += [literal(part)] * bool(part)
            else:
                self.sql_of(where, part)
                parts.append(f"cast({part} as varchar)")
        return " || ".join(parts) or "''"

    def _used(self, expression: str) -> tuple[str, ...]:
        return columns_of(with_values(expression, self._values), self._known)

    def sql_of(self, where: str, expression: str) -> str:
        """Return an expression with the study's values; what cannot be computed is unknown.

        Raises ConditionError that names the place ``where``.
        """
        try:
            self._used(expression)
        except ConditionError as error:
            raise ConditionError(f"{where}: {error}") from error
        # What cannot be computed of a stroke, such as a cast of its text, is unknown.
        return f"try(({without_infinity(with_values(expression, self._values))}\n))"

    def expressions(self) -> Iterator[tuple[str, str, str]]:
        """Yield the place of each expression, the expression and the type that it must have."""
        for step in self.study.flow:
            if step.keep:
                yield f"flow.{step.step}.keep", step.keep, "boolean"
            for reason in step.because:
                if reason.when:
                    yield f"flow.{step.step}.because", reason.when, "boolean"
        for group in self.study.groups:
            yield f"groups.{group.study_group}", group.where, "boolean"
        for subgroup, part in self.study.parts():
            yield f"subgroups.{subgroup.characteristic}.{part.subgroup}", part.where, "boolean"
        for variable in self.study.variables:
            yield f"variables.{variable.variable}", variable.value, "number or boolean"

    def columns_in(self, expression: str) -> tuple[str, ...]:
        """Return the columns that an expression reads."""
        return self._used(expression)

    def with_values(self, expression: str) -> str:
        """Return an expression with the values of the study's parameters."""
        return with_values(expression, self._values)

    def columns_read(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each step with the columns that its condition reads; of a group, those of all."""
        of_groups = self.columns_of_groups()
        for step in self.study.flow:
            if step.keep:
                used = self._used(step.keep)
                yield step.step, (*used, *of_groups) if "study_group" in used else used

    def columns_of_groups(self) -> tuple[str, ...]:
        """Return the columns that the groups are made of."""
        return tuple(name for group in self.study.groups for name in self._used(group.where))

    def columns_of_subgroups(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the characteristic of each part of a subgroup with the columns that it reads."""
        for subgroup, part in self.study.parts():
            yield subgroup.characteristic, self._used(part.where)

    def columns_of_variables(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each variable of the study with the columns that it is made of."""
        for each in self.study.variables:
            yield each.variable, self._used(each.value)

    def columns_of_lines(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each line of the tables with the columns that its values are made of."""
        own = {each.variable: each.value for each in self.study.variables}
        for _, _, line in self.study.lines():
            yield line.variable, self._used(own.get(line.variable, line.variable))


def _relation(name: str, selects: list[str]) -> str:
    body = "\nunion all by name".join(selects) or _NO_STEP
    return f"{name} as (\n{body}\n\n)"


_NO_STEP = """
select
    admission_key, 0 as place, true as is_met, false as is_excluded,
    cast(null as varchar) as reason, cast(null as varchar) as decided_by
from population
where false"""


def row_of_study(study: StudyDefinition, place: int) -> dict[str, object]:
    """Return a study and its queries as a row of ``raw.studies``; place 1 is the default study.

    Raises DictionaryError that names the study's file and the place of a wrong expression.
    """
    try:
        sql = StudySql(study)
        queries = {
            "patients_sql": sql.patients(),
            "criteria_sql": sql.criteria(),
            "value_counts_sql": sql.value_counts(),
        }
    except ConditionError as error:
        raise unusable(study, error) from error
    return {
        **study.as_row(),
        "place": place,
        "subgroup_codes": study.subgroup_codes,
        **queries,
    }


def unusable(study: StudyDefinition, error: ConditionError) -> DictionaryError:
    """Return the error that names file and line of an expression that cannot be used."""
    path = study_path(study.name)
    place, *rest = str(error).partition(": ")
    text = f"{with_line(path, place)}{''.join(rest)}"
    return DictionaryError(f"{shown_path(path)}: correct {text} ({PAGE}){remedy(path)}")
