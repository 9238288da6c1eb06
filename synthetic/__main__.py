"""Write the shipped synthetic deliveries again: ``python -m warehouse.synthetic``."""

from warehouse.settings import PROJECT_DIR
from warehouse.synthetic.deliveries import write_deliveries, write_planted_bad_rows

SHIPPED_SEED = 1

if __name__ == "__main__":
    written = write_deliveries(PROJECT_DIR / "data" / "raw", SHIPPED_SEED)
    write_planted_bad_rows(PROJECT_DIR / "tests" / "fixtures" / "planted_bad_rows.csv")
    print(f"wrote {len(written)} files of synthetic data (seed {SHIPPED_SEED}) to data/raw")
