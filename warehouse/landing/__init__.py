"""Landing: from raw files to the typed, pseudonymised log."""
