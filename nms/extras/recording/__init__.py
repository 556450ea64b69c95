"""Records a running system, and replays recordings through the cores; `shared/recordings` defines the stored form.

To record: `take` runs a recording from start to end, `recorder` reads the streams, `ledger` writes the folder, `export`
converts journals to tables. To replay: `run` replays a recording, `replay` feeds the cores with it, `moments` recovers
the times of receipt, `findings` and `compare` set the results beside the recorded ones, `show` prints them,
`replay_writer` stores them.
"""
