"""SVG figures from the rows of a release, for pages of the report and for print.

Each figure is a function from rows and a width to a ``Picture``. All numbers come from the rows.
"""

from pathlib import Path

FIGURES_DIR = Path(__file__).parent
