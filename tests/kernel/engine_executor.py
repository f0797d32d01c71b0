"""The executor that a test has loaded."""

from __future__ import annotations

from parsl.dataflow.dflow import DataFlowKernel

from pilothouse.lending.executor import PilothouseExecutor


def executor_of(dfk: DataFlowKernel) -> PilothouseExecutor:
    executor = dfk.executors["local"]
    assert isinstance(executor, PilothouseExecutor)
    return executor
