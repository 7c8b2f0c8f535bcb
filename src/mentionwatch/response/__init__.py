"""States and moves of triage, working hours, and the clock by which an answer is due (pure).

``triage`` says what a log comes to and which move may follow, ``hours`` counts working time across any change of the
clocks, ``promise`` reads by when something was promised, and ``clock`` puts them together: what is owed, and by when.
"""
