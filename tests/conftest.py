"""For all tests: no way to a real AWS account, and the whole-connector runs first, one after the other."""

from __future__ import annotations

import os

import pytest

for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",  # pragma: allowlist secret - opens nothing
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest run first and the other runs last: they take turns (tests/e2e), and no worker waits for long."""
    runs = [item for item in items if item.get_closest_marker("e2e")]
    rest = [item for item in items if item not in runs]
    items[:] = runs[:1] + rest + runs[1:]
