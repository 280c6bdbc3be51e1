"""Re-recognition: the tables as they are now, run over everything that was ever stored.

``stage`` recognizes, reduces and counts all stored events anew into a file beside the database and finds what differs;
``difference`` is what people are shown of it. ``applying`` brings the database to it in one transaction, by the hub
where one runs and under its lock where none does; every change stands in the history, and a run can be taken back.
``walk`` and ``census`` are the two halves of the work, ``worker`` and ``apart`` the processes that do it for others.
"""
