"""The ten domains of CLINC150 over its 150 intents: ``python -m tests.bench.bench_layers [EMBEDDING.npz]``.

With ``density`` as a second word: HDBSCAN's clusters after UMAP, joined by the condensed tree or by their
centroids.

Needs ``CLUSTERFORGE_MIRROR`` with CLINC150 and MiniLM; the embedding is kept in the file, if one is named.
For five seeds, k-means finds 150 clusters, and its tree, Ward's over the centroids weighted by rows, is cut
into ten. Next to it stand what a user would do instead: k-means into ten, and SciPy's linkages of the
centroids without their sizes, by cosine distance, as BERTopic merges topics. Then the coarsest layer that a
run takes by itself. Rows out of scope are left out. Prints NMI and ARI with the domains, and the size of the
largest group.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

import clusterforge
from clusterforge.contracts import Context, FloatArray, IntArray, Points
from clusterforge.contracts.trees import centroid_tree
from clusterforge.models.trees import row_tree
from clusterforge.numerics.contingency import ari, contingency, nmi
from clusterforge.numerics.kmeans import kmeans
from clusterforge.numerics.linkage import lasting_cuts

SEEDS, INTENTS = 5, 150

# Larson et al., An evaluation dataset for intent classification and out-of-scope prediction, EMNLP 2019.
DOMAINS = {
    "banking": "freeze_account routing pin_change bill_due pay_bill account_blocked interest_rate "
    "min_payment bill_balance transfer order_checks balance spending_history transactions report_fraud",
    "credit cards": "replacement_card_duration expiration_date damaged_card improve_credit_score "
    "report_lost_card card_declined credit_limit_change apr redeem_rewards credit_limit rewards_balance "
    "application_status credit_score new_card international_fees",
    "kitchen and dining": "food_last confirm_reservation how_busy ingredients_list calories "
    "nutrition_info recipe restaurant_reviews restaurant_reservation meal_suggestion "
    "restaurant_suggestion cancel_reservation ingredient_substitution cook_time accept_reservations",
    "home": "what_song play_music todo_list_update reminder reminder_update calendar_update order_status "
    "update_playlist shopping_list calendar next_song order todo_list shopping_list_update smart_home",
    "auto and commute": "current_location oil_change_when oil_change_how uber traffic tire_pressure "
    "schedule_maintenance gas mpg distance directions last_maintenance gas_type tire_change jump_start",
    "travel": "plug_type travel_notification translate flight_status international_visa timezone "
    "exchange_rate travel_suggestion travel_alert vaccines lost_luggage book_flight book_hotel carry_on "
    "car_rental",
    "utility": "weather alarm date find_phone share_location timer make_call calculator definition "
    "measurement_conversion flip_coin spelling time roll_dice text",
    "work": "pto_request_status next_holiday insurance_change insurance meeting_schedule payday taxes "
    "income rollover_401k pto_balance pto_request w2 schedule_meeting direct_deposit pto_used",
    "small talk": "who_made_you meaning_of_life who_do_you_work_for do_you_have_pets "
    "what_are_your_hobbies fun_fact what_is_your_name where_are_you_from goodbye thank_you greeting "
    "tell_joke are_you_a_bot how_old_are_you what_can_i_ask_you",
    "meta": "change_speed user_name whisper_mode yes change_volume no change_language repeat "
    "change_accent cancel sync_device change_user_name change_ai_name reset_settings maybe",
}
OF_INTENT = {intent: number for number, of in enumerate(DOMAINS.values()) for intent in of.split()}


def rows(kept: Path | None) -> tuple[FloatArray, IntArray]:
    """Return the embedding of the rows in scope, float32 (n, 384), and their domains, int64 (n,)."""
    if kept is None or not kept.is_file():
        embedding, domains = embedded()
        if kept is not None:
            np.savez(kept, embedding=embedding, domains=domains)
    else:
        stored = np.load(kept)
        embedding, domains = stored["embedding"], stored["domains"]
    return embedding[domains >= 0], domains[domains >= 0]


def embedded() -> tuple[FloatArray, IntArray]:
    """Return the embedding of all training rows, and their domains, -1 out of scope."""
    path = {"path": "clinc/clinc_oos", "text": "text", "label": "intent"}
    recipe = {
        "dataset": {"use": "huggingface", **path},
        "encoder": [
            {"use": "sentence-transformer", "model": "sentence-transformers/all-MiniLM-L6-v2"}
        ],
        "clusterer": [{"use": "kmeans", "n_clusters": 2, "restarts": 1}],
        "metric": [{"use": "nmi"}],
        "evaluation": {"refits": 0, "resamples": 0},
        "report": {"projection": "none"},
    }
    with tempfile.TemporaryDirectory() as folder:
        run = clusterforge.run(recipe, out=f"{folder}/run")
        table = run.files.assignments
        of_class = np.array([*(OF_INTENT.get(name, -1) for name in table.classes), -1])
        return run.embedding("train"), of_class[table.truth[table.rows("train")]]


def judged(domains: IntArray, labels: IntArray) -> tuple[float, float, float]:
    """Return NMI and ARI with the domains, and the share of the largest group."""
    table = contingency(domains, labels).counts
    largest = np.bincount(labels[labels >= 0]).max() / len(labels)
    return float(nmi(table)), float(ari(table)), float(largest)


def main(kept: Path | None) -> None:
    """Print the table."""
    embedding, domains = rows(kept)
    scores: dict[str, list[tuple[float, float, float]]] = {}
    cuts: list[tuple[int, ...]] = []
    for seed in range(SEEDS):
        labels = kmeans(embedding, INTENTS, seed=seed, n_init=3).labels
        found = centroid_tree(embedding, labels)
        assert found is not None
        tree = found.tree
        cuts.append(lasting_cuts(tree.heights))
        centroids = np.stack([embedding[labels == c].mean(axis=0) for c in range(INTENTS)])
        answers = {
            "the tree, cut into 10": tree.grouped(labels, 10),
            "the tree, its coarsest layer": tree.grouped(labels, cuts[-1][-1]),
            "k-means with k = 10": kmeans(embedding, 10, seed=seed, n_init=10).labels,
        }
        for method in ("average", "complete", "single"):
            merged = fcluster(linkage(centroids, method, "cosine"), 10, "maxclust").astype(np.int64)
            answers[f"{method} linkage of centroids, cosine"] = (merged - 1)[labels]
        for name, answer in answers.items():
            scores.setdefault(name, []).append(judged(domains, answer))
    print(f"{len(embedding):,} rows, {SEEDS} seeds; layers: {cuts}")
    print("| ten groups by | NMI | ARI | largest |\n| --- | --- | --- | --- |")
    for name, values in scores.items():
        nmis, aris, sizes = np.array(values).T
        print(
            f"| {name} | {nmis.mean():.3f} ± {nmis.std():.3f} | {aris.mean():.3f} ± {aris.std():.3f} "
            f"| {sizes.mean():.0%} |"
        )


def density(kept: Path) -> None:
    """Print the table for the two hierarchies of ``hdbscan``."""
    from clusterforge_hdbscan.hdbscan import Hdbscan
    from clusterforge_hdbscan.plugin import HdbscanParams
    from umap import UMAP

    embedding, domains = rows(kept)
    reduced = UMAP(n_components=5, min_dist=0.0, metric="cosine", random_state=0)
    points = Points(reduced.fit_transform(embedding).astype(np.float32), wide=embedding)
    for size in (15, 40):
        for hierarchy in ("density", "centroids"):
            params = HdbscanParams(min_cluster_size=size, min_samples=5, hierarchy=hierarchy)
            clusterer = Hdbscan(params)
            labels = clusterer.fit(points, Context())
            found = row_tree(clusterer, points, labels, Context())
            assert found is not None
            tree, inside = found.tree.over_clusters(), labels >= 0
            cuts = [tree.grouped(labels, n)[inside] for n in (10, 20, 40)]
            scores = [judged(domains[inside], cut) for cut in cuts]
            told = " | ".join(f"{nmis:.2f} ({largest:.0%})" for nmis, _, largest in scores)
            print(f"| {size} | {labels.max() + 1} | {hierarchy} | {told} |")


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if file and sys.argv[2:] == ["density"]:
        density(file)
    else:
        main(file)
