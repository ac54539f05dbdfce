"""`gateway lsp`: a project's files, as an editor holds them, in; findings, hovers, places and names out.

Read `server.py` first: it says which request is answered by which module. Only it, `session.py` and
`positions.py` know the protocol; the others speak of texts, paths and spans.
"""
