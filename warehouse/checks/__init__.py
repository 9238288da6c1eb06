"""Great Expectations at work: on landed rows (``run``) and on the candidate (``release_gate``)."""
