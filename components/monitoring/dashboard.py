"""Evidently's workspace: snapshots and the dashboard of the project `perdure`, which `evidently ui --workspace` opens."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.storage import building, make_folder, make_private
from components.workspace import Workspace

if TYPE_CHECKING:
    from evidently.sdk.models import DashboardModel

_PLAIN = str.maketrans("<>", "‹›")
PROJECT = uuid.uuid5(uuid.NAMESPACE_URL, "perdure")


def keep(snapshot: Any, workspace: Workspace, *, cycle: str, experiences: Sequence[str]) -> Path:
    """Put a snapshot into the workspace, with the project and the dashboard's panels for `experiences`; returns its path.

    The same cycle and kind again replaces the snapshot. Everything is written aside and moved into place file by file: a
    running UI never reads half a snapshot. Names of experiences and labels come from people, and Evidently's pages put them
    into HTML, so no < or > is kept: ‹ and › look like them.
    """
    from evidently.sdk.models import ProjectModel
    from evidently.ui.workspace import Workspace as Evidently

    model = snapshot.to_snapshot_model()
    model.metadata = {"cycle": cycle}
    for result in model.metric_results.values():
        result.widget = None  # the same pictures are in model.widgets: half the size
    with building(workspace.root) as scratch:
        aside = Evidently(str(scratch))
        aside.add_project(ProjectModel(id=PROJECT, name="perdure", description="Forgetting and input drift, cycle by cycle"))
        aside.save_dashboard(PROJECT, dashboard(experiences))
        name = uuid.uuid5(PROJECT, f"{cycle}/{model.name}")
        aside.state.write_snapshot(PROJECT, name, model)
        files = [path for path in sorted(scratch.rglob("*")) if path.is_file()]
        for path in files:
            path.write_text(path.read_text(encoding="utf-8").translate(_PLAIN), encoding="utf-8")
            target = workspace.evidently / path.relative_to(scratch)
            make_folder(target.parent)
            make_private(path)
            os.replace(path, target)
    return next(workspace.evidently.rglob(f"{name}.json"))


def dashboard(experiences: Sequence[str]) -> DashboardModel:
    """Panels: what is left of all past cases, of each experience, and how many descriptors of the inputs drifted."""
    from evidently.sdk.models import DashboardModel, DashboardTabModel, PanelMetric
    from evidently.sdk.panels import line_plot_panel

    def means(metric: str) -> list[PanelMetric]:
        columns = {name: {"column": f"{name}: {metric}"} for name in experiences}
        return [PanelMetric(legend=name, metric="MeanValue", metric_labels=labels) for name, labels in columns.items()]

    drifted = [PanelMetric(legend="share", metric="DriftedColumnsCount", metric_labels={"value_type": "share"})]
    panels = [
        line_plot_panel("Right answers on past experiences", means("correct"), "Share, by cycle"),
        line_plot_panel("Confidence on past experiences", means("confidence"), "Mean, by cycle", size="half"),
        line_plot_panel("Margin of the true label on past experiences", means("margin"), "Mean, by cycle", size="half"),
        line_plot_panel("Input drift", drifted, "Share of descriptors in which new events differ from the memory"),
    ]
    for panel in panels:
        panel.id = uuid.uuid5(PROJECT, panel.title)
    tab = DashboardTabModel(id=uuid.uuid5(PROJECT, "tab"), title="Lifelong learning", panels=[panel.id for panel in panels])
    return DashboardModel(tabs=[tab], panels=panels)
