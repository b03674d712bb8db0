"""The registry of the registry's own tests: moves are made on real MLflow."""

from tests.components.registry.conftest import line, migrated, registry

__all__ = ["line", "migrated", "registry"]
