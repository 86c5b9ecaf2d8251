"""Words that hold sentences together and say nothing of what a text is about, of some languages.

Where a language is missing, how evenly a word lies over the clusters stands in for it.
"""

ENGLISH = """
a about all also am an and any are as at be because been being but by can could did do does don for from
get had has have he her him his i if in into is it its just let like ll me my now of on one or our
please re she should so some than that the their them then there these they this those through to too us
ve very was way we were will with would you your yet many much only most other another more
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
FUNCTION_WORDS = frozenset((ENGLISH + OTHERS).split())
