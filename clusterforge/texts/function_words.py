"""Words that hold sentences together and say nothing of what a text is about, of some languages.

Where a language is missing, how evenly a word lies over the clusters stands in for it. The words of English
tell its texts from others.
"""

from __future__ import annotations

import re

from clusterforge.texts.scripts import one_form
from clusterforge.texts.spellings import is_apart

ENGLISH = """
a about all also am an and any are as at be because been being but by can could did do does don for from
get had has have he her him his i if in into is it its just let like ll me my now of on one or our
please re she should so some than that the their them then there these they this those through to too us
ve very was way we were will with would you your yet many much only most other another more
although though while when since until however really even again which who whose
didn doesn hasn haven isn wasn won couldn shouldn wouldn aren hadn
"""
OTHERS = """
der die das den dem des ein eine einen einer eines und oder aber ist sind war bin sein ich du er sie es
wir ihr mich mir sich nicht mit von zu auf für im am an bei aus nach wie was wenn dass hat habe haben
le la les un une des du de et ou mais est sont je tu il elle nous vous ils ce cette que qui ne pas pour
dans sur avec mon ma mes son sa ses au aux en par plus
el los las una unos y o pero es son yo él ella nosotros mi mis su sus que quien no con por para del al se
lo como más está
gli uno ed ma sono io lui lei noi voi che chi non per nel nella sul della dei delle il
os as um uma e mas eu ele ela nós meu minha seu sua não com em no na do da dos das ao
het een en maar is zijn ik jij hij zij wij mijn dat wie niet met van voor op te bij uit naar
"""
_MORE = """
się jest że nie jak bo już tylko przez czy tak jego jej
och att det som på är för med har inte ikke og jeg til
bir ve bu için çok ile gibi daha kadar ama değil
yang dari untuk dengan tidak saya itu sudah bisa ke pada akan juga karena
"""
NEGATIONS = frozenset({"not", "no", "never", "cannot"})
"""Words that say something within a phrase alone: ``not delivered``."""
FUNCTION_WORDS = frozenset((ENGLISH + OTHERS).split())
_ENGLISH = frozenset(ENGLISH.split())
_BOTH = """
no die war hat bin den per plus pas son pour que las lo del el los la le san en do op con bar en ma mas
mon van z w di da de as tu sin
"""
_ALSO_ENGLISH = frozenset(_BOTH.split()) - _ENGLISH
"""Of which one says little: they stand in English texts, and in its names."""
_OTHERS = FUNCTION_WORDS.union(_MORE.split()) - _ENGLISH - _ALSO_ENGLISH
ACCENTED = 3
"""Words with accents of which no name is made: *café*, *Noé*."""
FEW_LETTERS = 0.3
"""The share of letters that are not Latin, below which they are words within a Latin text."""
QUOTED = 0.05
"""The share of texts in other languages that may be quotations."""
_WORD = re.compile(r"[^\W\d_]+")
_NOT_LATIN = re.compile("[^\x00-\u024f\u1e00-\u1eff]")


def not_english(text: str) -> bool:
    """Tell whether a text has more words of other languages, or with their letters, than words of English."""
    if is_apart(text):
        return False
    words = _WORD.findall(one_form(text).lower())
    # A run of letters that are not Latin is mostly more than a word, but one within others is a name.
    foreign = [word for word in words if _NOT_LATIN.search(word)]
    few = FEW_LETTERS * sum(map(len, words)) > sum(map(len, foreign))
    sure = len(foreign) * (1 if few else 2) + sum(word in _OTHERS for word in words)
    other = sure + sum(word in _ALSO_ENGLISH for word in words) / 2
    accented = sum(not word.isascii() and not _NOT_LATIN.search(word) for word in words)
    if sure or other > 1 or accented >= ACCENTED:
        other += accented
    return other > 1 and other > sum(word in _ENGLISH for word in words)
