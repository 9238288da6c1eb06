"""Tables, figures and the methods paragraph of a release as files for a manuscript.

Every number comes from the release; a journal's style (``dictionary/styles.yaml``) only spells it.
"""
