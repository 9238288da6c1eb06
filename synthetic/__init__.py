"""Generator of the shipped synthetic deliveries; nothing here describes a real patient."""
