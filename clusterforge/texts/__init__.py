"""Words of texts in any script: what counts as one, for whoever needs words.

Texts enter as strings; terms, words and groups of near copies leave. It imports numpy and scipy, and nothing
else of clusterforge. ``scripts`` says what a word is made of, ``terms`` splits one text, ``lexicon`` finds
the words of scripts without spaces in many, ``copies`` finds texts that nearly say the same,
``function_words`` tells English from other languages.
"""
