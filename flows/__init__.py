"""Prefect drives the same steps as the command and DVC: orchestration only. Importing it switches telemetry off."""

from components.environment import prepare_process

prepare_process()
