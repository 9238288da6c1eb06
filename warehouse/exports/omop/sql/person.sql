-- Race and ethnicity are not in the registry.
select
    patient_key as record,
    year_of_birth,
    0 as race_concept_id,
    0 as ethnicity_concept_id,
    site as care_site,
    patient_key as person_source_value,
    sex as gender_source_value,
    concept('sex', sex) as gender_concept_id
from stays
qualify row_number() over (partition by patient_key order by admitted_at, admission_key) = 1
