"""Settings that all tests share."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "eventroles", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("eventroles")
