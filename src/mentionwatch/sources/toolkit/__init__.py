"""What source types are written with. Public: third parties may import every module here (docs/sources.md).

What is set: ``options``. What to ask: ``search_terms``, ``or_queries``, ``requests``. What came: ``json_reader``,
``items``, ``api_dates``, ``feed_dates``, ``sse``. How far to read: ``checkpoints``, ``time_paging``,
``unordered_results``, ``snowflake_ids``. Single posts again: ``recheck``.
"""
