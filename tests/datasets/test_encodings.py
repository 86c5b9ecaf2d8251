"""Texts tell in which encoding they are, or nothing is said; it is never a wrong one."""

from __future__ import annotations

import pytest

from clusterforge.datasets.encodings import named, possible, sample

TEXTS = {
    "Die Lieferung kam zu spät und die Tür war beschädigt. Schöne Grüße": ("cp1252", "mac_roman", "cp850"),
    "Le colis est arrivé abîmé, j’ai été très déçu et ça m’a coûté. Où est-il ?": ("cp1252", "mac_roman"),
    "El envío llegó tarde, ¿dónde está mi pedido? Mañana llamaré otra vez": ("cp1252", "mac_roman", "cp850"),
    "La città è più bella, perché così è già. Però può andare di là": ("cp1252", "mac_roman"),
    "På øen er der både æbler og pærer. Jeg prøvede at få hjælp": ("cp1252", "cp850"),
    "Zamówienie nie dotarło na czas, jestem bardzo zły. Źle działa, żaden": ("cp1250", "iso8859_2", "cp852"),
    "Zásilka nepřišla včas, žádám o vrácení peněz. Příliš žluťoučký kůň": ("cp1250", "iso8859_2", "cp852"),
    "A csomag későn érkezett. Árvíztűrő tükörfúrógép. Köszönöm szépen": ("cp1250", "iso8859_2"),
    "Sipariş zamanında gelmedi, çok üzgünüm. Şifremi değiştiremiyorum, İyi günler": ("cp1254", "iso8859_9"),
    "Заказ не пришёл вовремя, верните деньги. Как сбросить пароль?": ("cp1251", "koi8_r", "cp866"),
    "ЗАКАЗ НЕ ПРИШЕЛ ВОВРЕМЯ, ВЕРНИТЕ ДЕНЬГИ": ("cp1251", "cp866"),
    "Замовлення не прийшло вчасно, поверніть гроші. Її їжа": ("cp1251",),
    "Η παραγγελία δεν ήρθε στην ώρα της, θέλω τα χρήματά μου πίσω": ("cp1253",),
    "ההזמנה לא הגיעה בזמן ואני רוצה את הכסף בחזרה": ("cp1255",),
    "لم تصل الطلبية في الوقت المحدد وأريد استرداد المال": ("cp1256",),
    "订单没有按时到达，请退款。应用程序更新后崩溃了": ("gb18030",),
    "訂單沒有按時到達，請退款。應用程式更新後當機了": ("big5",),
    "注文が時間通りに届きませんでした。返金してください": ("cp932", "euc_jp"),
    "주문이 제시간에 도착하지 않았습니다. 환불해 주세요": ("cp949",),
}  # fmt: skip
DOUBTFUL = {
    "café": ("cp1252", "mac_roman"),
    "it’s a “test” – of quotes… 5°": ("cp1252", "mac_roman"),
    "5 µm, 3 °C, ±2, 10²": ("cp1252",),
    "Müller, José, Søren, Łódź".replace("Ł", "L").replace("ź", "z"): ("cp1252",),
}


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, e) for text, of in TEXTS.items() for e in of]
)
def test_the_letters_tell(text: str, encoding: str) -> None:
    data = sample(f"plain\n{text}\n".encode(encoding) * 3)
    found = named(data)
    assert found is not None
    assert data.decode(found[0]) == f"{text}\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, e) for text, of in DOUBTFUL.items() for e in of]
)
def test_too_little_tells_nothing(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    assert named(data) is None
    assert encoding in possible(data)
