"""The bookkeeping behind ``bout.reconcile``: what was told twice, what must follow what, and what did not come.

Pure functions over one frozen ``AuditState`` per court; it depends on messages and times of arrival alone, not on
``CourtState``, so that both are evidence of their own. ``clock`` follows the round clock, ``countdowns`` the others,
``loads`` load bursts, ``course`` rounds, confirmations and results, ``ledger`` the score against points and gam-jeoms,
``suspects`` what an unexplained rise was, ``statistics`` the last word of ``rst``; ``report`` writes findings,
``quality`` sums up.
"""
