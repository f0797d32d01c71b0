"""A relay: carries the connections of workers to a bridge that they cannot dial.

On a submit host the bridge runs :mod:`.carrier` over its login. Anywhere else
``pilothouse relay`` runs it as a server (:mod:`.server`).
"""
