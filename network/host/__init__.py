"""The host: the part of the network process that all drivers share.

Modules: `service` is the process. `managed` is the core: a driver, the faults (`registry`) and the commands
(`executions`). `commands` checks commands, and `unreachable` marks elements that did not answer. `pace` computes when
the next reading is due. `snapshots` encodes the stored state, and `machine` reads the clocks. `immediate` runs the core
without an event loop.
"""
