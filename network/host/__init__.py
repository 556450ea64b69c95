"""The host: the process around a driver, and what each driver would otherwise repeat.

`managed` a driver with its registry of faults (`registry`) and its commands (`orders`); `commands` which commands are
believed; `unreachable` what did not answer; `pace` when the next reading is due; `snapshots` what is stored; `machine`
what time it is; `service` the process; `immediate` runs a driver that waits for nothing without an event loop.
"""
