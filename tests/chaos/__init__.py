"""The proof that jobs survive anything: real processes, killed at every boundary and at random, and a count at the end.

`gates` and `lines` stand between the processes and their servers and stop a request just before or just after its
effect; `town` starts, kills and restarts the processes; `load` is what people in many chats ask for, on the `platforms`
(`on_telegram`, `on_discord`); `tally` counts, from the records of the platforms' counterparts, of darkroom and of the
gates, what became of each job; `watch` is what every run does with these.

A short form of it runs in `make test`, the long one by `make chaos`.
"""
