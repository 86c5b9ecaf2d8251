"""Ray clusters: joined or started, their rooms counted, finished stages passed between their nodes.

What enters: an address, or nothing; what leaves: a connection, and the work that was done on the nodes. It
may import models and what is below. Ray is imported when it is used (extra ``clusterforge[ray]``).
"""

from clusterforge.distributed.claims import Claims, SharedCache, asked
from clusterforge.distributed.cluster import Node, Room, connected, live_nodes, room_for

__all__ = [
    "Claims",
    "Node",
    "Room",
    "SharedCache",
    "asked",
    "connected",
    "live_nodes",
    "room_for",
]
