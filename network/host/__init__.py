"""The host: the part of the network process that all drivers share.

`managed`: a driver with its fault registry (`registry`) and its commands (`executions`); `commands`: which commands are
valid; `unreachable`: elements that did not answer; `pace`: when the next reading is due; `snapshots`: the stored state;
`machine`: the clocks of the machine; `service`: the process; `immediate`: the host without an event loop.
"""
