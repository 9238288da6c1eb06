"""Export of tables, figures and the methods section of a release, for a manuscript.

Every number comes from the release; a journal's style (``dictionary/styles.yaml``) only formats it.
"""
