from tests.bench import bench_k


def test_the_page_shows_the_figures_that_are_stored():
    assert bench_k.page(bench_k.stored()) == bench_k.PAGE.read_text("utf-8"), (
        "docs/choosing-k.md: python -m tests.bench.bench_k --write"
    )


def test_errors_and_points_lost():
    rule = bench_k.Suggested(k=(3, 5), accuracy=(0.5, 0.7))
    found = bench_k.Measured(
        name="x",
        classes=4,
        rows=9,
        columns=2,
        held_back=True,
        accuracy=(0.8,),
        rules={"elbow": rule},
    )
    assert found.error("elbow") == 0.25
    assert round(found.lost("elbow"), 6) == 20
