"""Renders shared by machines: the one place of darkroom that touches Redis, and taskiq over it.

`shared` is the server's side, `broker` how a render waits and is taken, `board` what is known of each. All keys begin
with the name of the place where the files are kept, so that only those meet who reach the same files.
"""
