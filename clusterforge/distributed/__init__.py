"""Ray clusters: joined or started, their rooms counted, finished stages passed between their nodes.

What enters: an address, or nothing; what leaves: a connection, and the work that was done on the nodes. It
may import models and what is below. Ray is imported when it is used (extra ``clusterforge[ray]``).
"""

from clusterforge.distributed.claims import Claims as Claims
from clusterforge.distributed.claims import SharedCache as SharedCache
from clusterforge.distributed.claims import asked as asked
from clusterforge.distributed.cluster import Node as Node
from clusterforge.distributed.cluster import Room as Room
from clusterforge.distributed.cluster import connected as connected
from clusterforge.distributed.cluster import live_nodes as live_nodes
from clusterforge.distributed.cluster import room_for as room_for
