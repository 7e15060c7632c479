"""The pages: each module registers its own with ``register(app_context)``."""
