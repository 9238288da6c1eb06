"""In the wheel everything lies below one package; in the repository each part has a folder."""

from setuptools import find_packages, setup

PARTS = ("flows", "expectations", "synthetic")  # imported as warehouse.<part>
FILES = ("dbt_project", "dictionary", "studies")

setup(
    packages=[
        *find_packages(include=["warehouse", "warehouse.*"]),
        *(f"warehouse.{name}" for name in (*PARTS, *FILES)),
    ],
    package_dir={f"warehouse.{name}": name for name in (*PARTS, *FILES)},
    package_data={
        "warehouse": ["**/static/*", "**/templates/*", "**/*.css", "exports/omop/*/*"],
        "warehouse.flows": ["*.yml"],
        "warehouse.dbt_project": ["**/*"],
        "warehouse.dictionary": ["**/*"],
        "warehouse.studies": ["**/*"],
    },
    exclude_package_data={"warehouse.dbt_project": ["logs/*"]},
)
