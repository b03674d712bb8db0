"""The environment of every process that this project starts: no telemetry, no pickle, quiet libraries."""

from __future__ import annotations

import os
from collections.abc import Mapping

PROCESS_ENVIRONMENT: Mapping[str, str] = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads cost several times the work on a busy machine
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}


def keep_private() -> None:
    """What this process and its children make is for its owner alone, whichever library makes it. For processes of our own."""
    os.umask(0o077)


def prepare_process() -> None:
    """Set PROCESS_ENVIRONMENT in this process (and so in its children), keeping what the user set before."""
    for name, value in PROCESS_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
