"""Conventions that every fit shares where the data say nothing."""

STATE_LIMIT = 16.0  # bound of a logit [1]
RETENTION = 12.0  # least slope times threshold: u moves by less than exp(-12) = 6e-6 a second at 0 V
AMBIENT_TEMPERATURE = 300.0  # K
