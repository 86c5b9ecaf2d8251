"""Which texts are not English."""

from __future__ import annotations

import pytest

from clusterforge.texts.function_words import FUNCTION_WORDS, not_english


@pytest.mark.parametrize(
    "text",
    [
        "siparişim hala gelmedi çok geç kaldı",
        "Die Sendungsnummer funktioniert nicht",
        "La livraison est en retard",
        "El número de seguimiento no funciona",
        "moja paczka jeszcze nie dotarła",
        "доставка задержана",
        "包裹还没到",
    ],
)
def test_other_languages(text: str) -> None:
    assert not_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Brown ale, pale ale",
        "Dan and Ada",
        "Café Noé",
        "Beyoncé, Rosalía",
        "Los Angeles, La Brea",
        "no delivery, no refund",
        "where is my order, por favor",
        "𝘄𝗵𝗲𝗿𝗲 𝗶𝘀 𝗺𝘆 𝗼𝗿𝗱𝗲𝗿",
        "w h e r e   i s   m y   o r d e r",
        "",
    ],
)
def test_english_and_names(text: str) -> None:
    assert not not_english(text)


def test_english_words_name_clusters() -> None:
    assert not {"ale", "dan", "ada", "ini"} & FUNCTION_WORDS
