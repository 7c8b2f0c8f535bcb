"""What source types are written with. Public: third parties may import every module here (docs/sources.md).

What to ask: ``search_terms``, ``search_phrases``, ``or_queries``, ``base_url``, ``requests``. What came:
``json_reader``, ``items``, ``links``, ``api_dates``, ``feed_dates``, ``sse``, ``error_text``. How far to read:
``checkpoints``, ``time_paging``, ``unordered_results``, ``snowflake_ids``. Single posts again: ``recheck``.
"""
