"""Sweeps: many trials of one recipe, chosen and compared without labels.

A recipe with a table ``[search]`` comes in; a sweep folder leaves: a journal of the trials, a table
of them, one page and the best recipe. ``space`` says what is tried, ``planned`` checks it,
``study`` says which values come next, ``driver`` owns all this and the folder, ``engines`` say
where trials run, ``trial`` is one of them: encoders and clusterers, fitted from stages that all
trials share, and the objectives on what they gave. The room may import the pipeline and all below
it; only the command line stands above.
"""
