"""The registry of the registry's own tests: moves are made on real MLflow."""

from tests.components.registry.conftest import add_version, registry

__all__ = ["add_version", "registry"]
