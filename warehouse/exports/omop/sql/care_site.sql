select
    site as record,
    site as care_site_name,
    left(site, 50) as care_site_source_value
from stays
group by site
