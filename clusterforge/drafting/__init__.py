"""A first recipe for data that nobody has clustered yet.

Enter: a file, a folder or a name on the Hub. Leaves: a recipe as commented TOML, in which every decision
has its reason next to it. The data are read by the data sets that open such things (``preview``), plugins are
chosen by what their specs propose. It imports contracts, tables, registry, recipe, storage and the pipeline's
``check``, and no plugin.
"""

from clusterforge.drafting.draft import Draft as Draft
from clusterforge.drafting.draft import default_file as default_file
from clusterforge.drafting.draft import init as init
from clusterforge.drafting.sketch import ColumnSketch as ColumnSketch
