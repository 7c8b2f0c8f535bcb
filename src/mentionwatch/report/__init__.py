"""What a period came to, in numbers: per brand and day, against competitors and the period before, and by whom (pure).

Every count leaves out our own posts: what ``list`` gives for the same period and brand with ``"own": false``.
"""
