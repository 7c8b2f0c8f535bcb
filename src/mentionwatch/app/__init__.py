"""What a user does, below every face: one public function for each thing done.

A function takes the store, the configuration, a request value and the time, and gives a value; it prints nothing and
knows no command line. What the user can fix is raised as :class:`~mentionwatch.errors.UserError`.
"""
