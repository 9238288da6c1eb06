"""A worker for a work pool of somebody's Prefect server, which asks that server only *when*."""

from __future__ import annotations

from typing import Any

import anyio
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.runner._flow_run_executor import FlowRunExecutionResult, FlowRunExecutorContext
from prefect.runner._process_manager import ProcessHandle
from prefect.runner._starter_engine import EngineCommandStarter
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from warehouse.flows.nightly import nightly_refresh
from warehouse.lifeline import STARTED_BY_PIPE
from warehouse.settings import PARTS_DIR, PROJECT_DIR

ENTRYPOINT = f"{PARTS_DIR / 'flows' / 'nightly.py'}:nightly_refresh"


class OwnWorker(ProcessWorker):
    """Prefect's process worker that runs the nightly refresh, whatever the server would have run.

    Command, environment, folder, entrypoint and pull steps of a deployment, a pool and a run are
    what anybody may change who may write to that server.
    """

    # For pools of this type, like the class from which it comes.
    type = "process"

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,  # noqa: ARG002  (what the server says)
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run the nightly refresh as this flow run, to its end."""
        async with FlowRunExecutorContext() as context:
            starter = EngineCommandStarter(
                entrypoint=ENTRYPOINT,
                cwd=PROJECT_DIR,
                env={STARTED_BY_PIPE: "1"},  # anyio gives each process that it starts one
                control_channel=context.control_channel,
            )
            executor = context.create_executor(
                flow_run, starter, resolve_flow=_own_flow, propose_submitting=False
            )
            executions: list[FlowRunExecutionResult | None] = []

            async def submit(*, task_status: anyio.abc.TaskStatus[ProcessHandle]) -> None:
                executions.append(await executor.submit(task_status))

            async with anyio.create_task_group() as group:
                handle = await group.start(submit)
                if task_status is not None:
                    task_status.started(handle.pid)
        (execution,) = executions
        code = execution.status_code if execution else None
        if code is None:
            raise RuntimeError("The process of the run could not be started.")
        return ProcessWorkerResult(status_code=code, identifier=str(handle.pid))


async def _own_flow(_run: FlowRun) -> Flow[Any, Any]:
    return nightly_refresh


def work(pool: str) -> None:
    """Run what a work pool has due, one after another, until stopped."""
    anyio.run(OwnWorker(work_pool_name=pool, limit=1).start)
