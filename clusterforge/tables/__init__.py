"""Columns of users' tables as numbers: Arrow tables enter, typed columns and a float64 matrix leave.

``described`` finds out what each column of the train split is; ``matrix`` reads any table by columns that are
known: other splits, new files, data frames. It imports contracts, errors and Arrow, and no plugin.
"""

from clusterforge.tables.amounts import amounts as amounts
from clusterforge.tables.amounts import as_keys as as_keys
from clusterforge.tables.amounts import below_zero as below_zero
from clusterforge.tables.amounts import plainly as plainly
from clusterforge.tables.amounts import separators as separators
from clusterforge.tables.amounts import without_unit as without_unit
from clusterforge.tables.by_name import called_id as called_id
from clusterforge.tables.by_name import called_row as called_row
from clusterforge.tables.by_name import codes_by_name as codes_by_name
from clusterforge.tables.by_name import counted_rows as counted_rows
from clusterforge.tables.by_name import cycle_by_name as cycle_by_name
from clusterforge.tables.by_name import of_a_run as of_a_run
from clusterforge.tables.dates import ISO as ISO
from clusterforge.tables.dates import OF_MONTHS as OF_MONTHS
from clusterforge.tables.dates import date_formats as date_formats
from clusterforge.tables.durations import SPAN as SPAN
from clusterforge.tables.durations import are_durations as are_durations
from clusterforge.tables.kinds import Kind as Kind
from clusterforge.tables.kinds import Unusable as Unusable
from clusterforge.tables.kinds import described as described
from clusterforge.tables.lists import lists as lists
from clusterforge.tables.lists import look_like_lists as look_like_lists
from clusterforge.tables.lists import of_one_length as of_one_length
from clusterforge.tables.not_numbers import no_numbers as no_numbers
from clusterforge.tables.recode import recoded as recoded
from clusterforge.tables.second_names import second_names as second_names
from clusterforge.tables.spreads import Spread as Spread
from clusterforge.tables.spreads import spreads as spreads
from clusterforge.tables.two_units import by_unit as by_unit
from clusterforge.tables.two_units import two_totals as two_totals
from clusterforge.tables.two_units import two_units as two_units
from clusterforge.tables.unlike import Part as Part
from clusterforge.tables.unlike import apart_alone as apart_alone
from clusterforge.tables.unlike import of_new_rows as of_new_rows
from clusterforge.tables.unlike import unlike as unlike
from clusterforge.tables.unseen import UnseenValues as UnseenValues
from clusterforge.tables.unseen import unseen as unseen
from clusterforge.tables.values import TIME as TIME
from clusterforge.tables.values import OddValues as OddValues
from clusterforge.tables.values import are_whole as are_whole
from clusterforge.tables.values import different_texts as different_texts
from clusterforge.tables.values import matrix as matrix
from clusterforge.tables.values import texts as texts
from clusterforge.tables.values import unix_unit as unix_unit
from clusterforge.tables.values import with_fill as with_fill
from clusterforge.tables.values import with_gaps as with_gaps
