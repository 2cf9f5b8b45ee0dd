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


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long runs first and keep them in one worker: two at once would slow each other down."""
    long_runs = [item for item in items if item.get_closest_marker("e2e")]
    for item in long_runs:
        item.add_marker(pytest.mark.xdist_group("e2e"))
    items.sort(key=lambda item: item not in long_runs)
