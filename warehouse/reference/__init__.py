"""Writers of the pages that are generated from the definitions and the rules (``make docs``)."""
