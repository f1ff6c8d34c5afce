"""A timeline and the pictures it shows come in, an MP4 goes out.

`clip` draws a timeline, `pictures` says what an upload really is, `python -m darkroom.render` is a renderer process.
"""
