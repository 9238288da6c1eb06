"""Figures as SVG, drawn from rows of a release: for pages of the report and for files to print.

Each figure is a function from rows and a width to a ``Picture``. Nothing is computed here that is
not in the rows.
"""

from pathlib import Path

FIGURES_DIR = Path(__file__).parent
