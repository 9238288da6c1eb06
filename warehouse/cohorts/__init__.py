"""Who is in a study, in which group, and why the others are not: studies as SQL on the registry."""
