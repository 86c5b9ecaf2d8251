"""40,000 support texts that nobody wrote: ``python docs/support_texts.py tickets.csv``.

Twelve hidden topics of five issues each, in a few templates with synonyms; openings, closings, signatures,
typos, html, copies of whole texts, empty bodies and rows about nothing. Product and country depend on the
topic a little. ``--week N`` writes the rows of a later week: fewer, in other shares, and from week 2 on
with a thirteenth topic. ``--topics`` adds the hidden topics as a column, to measure by.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from datetime import date, timedelta
from pathlib import Path

TOPICS: dict[str, tuple[str, ...]] = {
    "double charge": (
        "(I was|we were|my card was) charged twice for (order|invoice) {number}",
        "(there are|I see) two (identical charges|equal payments) of {amount} on my (statement|card)",
        "you (took|debited) {amount} more than the invoice says",
        "my card was (billed|debited) again (although|even though) I paid {number} last (week|month)",
        "an (unknown|unexpected) charge of {amount} (appeared|showed up) on my bank statement",
    ),
    "refund": (
        "(where is|I am still waiting for) my refund for order {number}",
        "the refund of {amount} (has not arrived|never reached my account)",
        "I (sent|returned) the item {days} days ago and got no money back",
        "you refunded only (half|a part) of {amount}, (please refund the rest|the rest is missing)",
        "how long does a refund (take|need) to (my card|my account|paypal)",
    ),
    "late parcel": (
        "my (parcel|package) {number} is {days} days late",
        "the (courier|driver) (never came|did not show up) with my (parcel|package)",
        "tracking of (parcel|shipment) {number} has not moved for {days} days",
        "the delivery was (promised|announced) for {day} and (nothing came|is still not here)",
        "my (package|parcel) is stuck (in customs|at the depot) since {day}",
    ),
    "damaged goods": (
        "the {thing} arrived (broken|smashed|damaged)",
        "the box was (crushed|torn open) and the {thing} inside is (cracked|scratched)",
        "the {thing} has a (deep scratch|big dent|crack) (right out of the box|on arrival)",
        "a piece of the {thing} (is missing|was not in the box)",
        "you sent the wrong (colour|size|model) of the {thing}",
    ),
    "login": (
        "I (can't|cannot) (log in|sign in) to my account (any more|since {day})",
        "I (forgot|lost) my password and the reset (mail|link) (never comes|does not arrive)",
        "the password reset link (says it has expired|does not work)",
        "my account is locked after (too many|three) (wrong passwords|login attempts)",
        "the login page (says|tells me) that my user name (is unknown|does not exist)",
    ),
    "two-factor code": (
        "the (verification|security) code by (sms|text message) never arrives",
        "I (have|got) a new phone and lost my authenticator (app|codes)",
        "the six digit code is (always rejected|called wrong every time)",
        "how do I (turn off|switch off) two-factor authentication",
        "my backup codes for two-factor (do not work|are all used up)",
    ),
    "app crash": (
        "the app (crashes|closes itself) when I open (the camera|settings|my photos)",
        "the app (freezes|hangs) on the (start screen|splash screen)",
        "since the update to version {version} the app (crashes|won't start)",
        "the app drains my battery in (two|three) hours",
        "push notifications of the app (stopped|no longer come) on (android|my iphone)",
    ),
    "subscription": (
        "I want to cancel my subscription (at the end of the month|right now)",
        "please (downgrade|change) my plan from premium to basic",
        "my (trial|free month) (was turned into a paid plan|ended too early)",
        "can I (pause|suspend) my membership for {days} weeks",
        "my subscription (renewed|was extended) (although|even though) I cancelled it",
    ),
    "change of address": (
        "please (change|update) the delivery address of order {number}",
        "I (moved|have moved) and need a new (billing|postal) address in my profile",
        "I (mistyped|misspelled) my street in order {number}",
        "please ship order {number} to my (office|neighbour) instead",
        "the checkout (rejects|does not accept) my (postcode|zip code)",
    ),
    "voucher": (
        "my (voucher|discount) code {code} is (not accepted|called invalid)",
        "the (coupon|promo code) {code} (takes nothing off|was not applied) at the checkout",
        "my gift card shows a balance of (zero|nothing)",
        "where do I (enter|redeem) my gift card",
        "the welcome discount of ten percent (is missing|was forgotten)",
    ),
    "invoice papers": (
        "please send me (an invoice|a receipt) for order {number} (with vat|as pdf)",
        "the invoice {number} has the wrong (company name|vat number)",
        "our accounting needs (all invoices|the receipts) of last (year|quarter)",
        "the invoice pdf (can't be opened|is an empty page)",
        "(please add|we need) our purchase order number on invoice {number}",
    ),
    "device set-up": (
        "the {device} does not connect to my wifi",
        "bluetooth pairing of the {device} (fails|stops half way)",
        "the firmware update of the {device} (hangs|is stuck) at {percent} percent",
        "how do I reset the {device} to factory settings",
        "the {device} (blinks red|shows a red light) and does nothing",
    ),
}
NEW_TOPIC = (
    "parcel locker",
    (
        "the parcel locker does not open with my pick-up code",
        "the locker at the station (is full|was full) and my parcel went back",
        "(I got|there is) no pick-up code for the parcel locker",
        "the door of locker {percent} (jams|is stuck) with my parcel inside",
    ),
)
NOTHING = (
    "thanks",
    "ok, thank you for the quick help",
    "out of office until {day}, urgent matters to my colleague",
    "asdf test test",
    "see attachment",
    "hello, is anybody there?",
    "sent from my phone",
    "????",
)
OPENINGS = (
    "",
    "",
    "",
    "Hi, ",
    "Hello, ",
    "Hello team, ",
    "Dear support, ",
    "Good morning, ",
    "hey ",
)
CLOSINGS = (
    "",
    "",
    "",
    ". Please help",
    ". Please fix this as soon as possible",
    ". This is the second time I write",
    ". Thanks in advance",
    "! I am very unhappy",
    ". What should I do?",
    ". Order {number}, customer since years",
)
SIGNATURES = ("", "", "", "", " Regards, {person}", " -- {person}", " Best wishes {person}")
PEOPLE = ("Ana", "Li Wei", "Tom", "Fatima", "Jonas", "Priya", "Olu", "Marta", "Kenji", "Sue")
SLOTS = {
    "thing": ("lamp", "kettle", "mug set", "chair", "mirror", "vase", "desk", "clock"),
    "device": ("smart speaker", "thermostat", "doorbell camera", "robot vacuum", "light bulb"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "person": PEOPLE,
}
PRODUCTS, COUNTRIES = ("home", "kitchen", "smart", "plus"), ("DE", "FR", "PL", "GB", "US", "IN")
FAVOURED = {"device set-up": "smart", "damaged goods": "kitchen", "subscription": "plus"}
START, WEEK = date(2026, 1, 5), timedelta(days=7)
COLUMNS = ("ticket", "created", "product", "country", "body")


def sentence(template: str, rng: random.Random) -> str:
    """Return one way to say a template: ``(a|b)`` is a choice, ``{slot}`` a word or a number."""

    def slot(match: re.Match[str]) -> str:
        numbers = {
            "number": f"{rng.choice('ABR')}{rng.randint(10_000, 99_999)}",
            "amount": f"{rng.randint(5, 300)}.{rng.choice(('00', '50', '90', '99'))} EUR",
            "days": str(rng.randint(2, 20)),
            "percent": str(rng.randint(3, 97)),
            "version": f"{rng.randint(4, 7)}.{rng.randint(0, 9)}",
            "code": "".join(rng.choices("ABCDEFGHKLMNPRST", k=4)) + str(rng.randint(10, 99)),
        }
        return numbers.get(match[1]) or rng.choice(SLOTS[match[1]])

    chosen = re.sub(r"\(([^()]*)\)", lambda match: rng.choice(match[1].split("|")), template)
    return re.sub(r"\{(\w+)\}", slot, chosen)


def misspelt(text: str, rng: random.Random) -> str:
    """Return a text with a letter doubled, dropped or swapped with the next one."""
    place = rng.randrange(max(1, len(text) - 2))
    first, second = text[place : place + 1], text[place + 1 : place + 2]
    return (
        text[:place] + rng.choice((first * 2 + second, second, second + first)) + text[place + 2 :]
    )


def body(template: str, rng: random.Random) -> str:
    """Return what a customer writes: opening, issue, closing, signature, with typos and html."""
    parts = (rng.choice(OPENINGS), template, rng.choice(CLOSINGS), rng.choice(SIGNATURES))
    text = sentence("".join(parts), rng)
    while rng.random() < 0.3:
        text = misspelt(text, rng)
    if rng.random() < 0.08:
        text = f"<p>{text.replace('. ', '.<br>')}</p>"
    elif rng.random() < 0.1:
        text = text.upper() if rng.random() < 0.3 else f"{text}\n\n> {sentence(template, rng)}"
    return text


def rows(many: int, week: int, seed: int = 0) -> list[tuple[dict[str, str], str]]:
    """Return rows, and the hidden topic of each; empty for rows about nothing."""
    rng = random.Random(f"{seed}-{week}")
    topics = [*TOPICS.items(), *([NEW_TOPIC] if week > 1 else [])]
    shares = [random.Random(f"{seed}-{name}").uniform(0.5, 1.5) for name, _ in topics]
    written: list[tuple[dict[str, str], str]] = []
    for number in range(many):
        topic, issues = rng.choices(topics, shares)[0]
        draw = rng.random()
        if draw < 0.04 and written:
            copied, topic = rng.choice(written)
            text = copied["body"]
        elif draw < 0.06:
            text, topic = "", ""
        elif draw < 0.09:
            text, topic = sentence(rng.choice(NOTHING), rng), ""
        else:
            text = body(rng.choice(issues), rng)
        # A year of tickets to begin with, a week of them later.
        start, days = (
            (START, 365) if week == 1 else (START + timedelta(days=365) + WEEK * (week - 2), 7)
        )
        product = FAVOURED.get(topic) if rng.random() < 0.6 else None
        row = {
            "ticket": f"T{week}-{number:05d}",
            "created": (start + timedelta(days=rng.randrange(days))).isoformat(),
            "product": product or rng.choice(PRODUCTS),
            "country": rng.choice(COUNTRIES),
            "body": text,
        }
        written.append((row, topic))
    return written


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, help="default: 40,000, and 4,000 in later weeks")
    parser.add_argument("--week", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--topics", action="store_true", help="add the hidden topics")
    chosen = parser.parse_args()
    many = chosen.rows or (40_000 if chosen.week == 1 else 4_000)
    with chosen.path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *(["topic"] if chosen.topics else [])])
        for row, topic in rows(many, chosen.week, chosen.seed):
            writer.writerow([*row.values(), *([topic] if chosen.topics else [])])


if __name__ == "__main__":
    main()
