"""Records a running system, and replays recordings through the cores. `shared/recordings` defines their stored form.

To record: `take` makes a recording from start to end, `recorder` reads the streams, `ledger` writes the folder, and
`export` converts journals to tables. To replay: `run` replays a recording, `replay` feeds the recording to the cores,
`moments` infers when events were received, `findings` collects results, `compare` compares them with the recorded
results, `show` formats the comparison, and `replay_writer` stores the new results.
"""
