select
    admission_key as record,
    patient_key as person,
    cast(admitted_at as date) as visit_start_date,
    admitted_at as visit_start_datetime,
    stayed_until as visit_end_date,
    site as care_site,
    admission_key as visit_source_value,
    arrival_mode as admitted_from_source_value,
    discharge_destination as discharged_to_source_value,
    concept('visit', 'inpatient') as visit_concept_id,
    concept('type', 'registry') as visit_type_concept_id,
    concept('arrival_mode', arrival_mode) as admitted_from_concept_id,
    concept('discharge_destination', discharge_destination) as discharged_to_concept_id
from stays
