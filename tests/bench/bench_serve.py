"""An endpoint under load: ``python -m tests.bench.bench_serve RUN [--seconds 60] [--clients 32]``.

RUN is a run on texts. First the time of one short text, alone: the bare encoder in this process, then the
endpoint in another, by turns, both with one thread on one core; the processor's own time too, which other
load on the machine moves less. Then clients that send without pause to a server with one thread; in the
middle it gets SIGTERM. Counts what it has accepted, and what arrived at the clients.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

TEXTS = ("Oil prices rise again as markets wait for the report", "Two goals late in the game")
CALLS = 200
HEADERS = {"Content-Type": "application/json"}


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def _start(run: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "clusterforge", "serve", run, "--port", "0", "--json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    return server, json.loads(server.stdout.readline())["url"].removeprefix("http://")


def _ask(connection: http.client.HTTPConnection, body: str) -> tuple[int, bytes]:
    connection.request("POST", "/predict", body, HEADERS)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _processor(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _alone(run: str) -> None:
    """Measure with all that takes part on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    server, address = _start(run)
    _latency(run, address, server.pid)
    server.terminate()
    server.communicate()
    os.sched_setaffinity(0, cores)


def _latency(run: str, address: str, pid: int) -> None:
    import torch

    import clusterforge
    from clusterforge.contracts import Texts, viewed

    model = clusterforge.load(run).model
    model.points(list(TEXTS))
    (entry,) = model.recipe.encoders
    encoder, view = model.fitted[f"encoder.{entry.id}"], viewed(Texts(TEXTS[:1]), [], None)
    context = model._context
    torch.set_num_threads(1)
    connection = http.client.HTTPConnection(address)
    body = json.dumps({"texts": TEXTS[:1]})
    bare: list[float] = []
    endpoint: list[float] = []
    used = _processor(pid)
    own = 0.0
    for _ in range(CALLS):
        start = time.process_time()
        bare.append(_milliseconds(lambda: encoder.encode(view, context)))
        own += time.process_time() - start
        endpoint.append(_milliseconds(lambda: _ask(connection, body)))
    used = _processor(pid) - used
    for name, values, seconds in (("bare encoder", bare, own), ("endpoint", endpoint, used)):
        p50, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        processor = f"processor {1000 * seconds / CALLS:.1f} ms"
        print(f"{name:<12}  p50 {p50:.1f} ms  p95 {p95:.1f} ms  {processor}", flush=True)
    p50 = statistics.median(endpoint) / statistics.median(bare)
    print(f"endpoint / bare: p50 {p50:.2f}, processor {used / own:.2f}", flush=True)


def _load(address: str, clients: int, seconds: float, stop: Callable[[], None]) -> Counter[str]:
    got: Counter[str] = Counter()
    took: list[float] = []
    lock, over = threading.Lock(), threading.Event()

    def client(number: int) -> None:
        body = json.dumps({"texts": [f"{TEXTS[number % 2]} {number}"]})
        connection = http.client.HTTPConnection(address, timeout=60)
        while not over.is_set():
            start = time.perf_counter()
            try:
                status, answer = _ask(connection, body)
                whole = status != 200 or len(json.loads(answer)["rows"]) == 1
                result = str(status) if whole else "torn"
            except ConnectionRefusedError:
                result = "refused"
                over.wait(0.05)
            except (OSError, http.client.HTTPException):
                result = "closed before an answer"
            if result in ("refused", "closed before an answer", "503"):
                connection.close()
            with lock:
                got[result] += 1
                if result == "200":
                    took.append(1000 * (time.perf_counter() - start))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    stop()
    time.sleep(seconds / 2)
    over.set()
    for thread in threads:
        thread.join()
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    print(f"{clients} clients: {2 * len(took) / seconds:.0f} requests/s", end=", ")
    print(f"p50 {p50:.0f} ms, p95 {p95:.0f} ms", flush=True)
    return got


def main() -> None:
    """Print the figures; status 1 where an accepted request has no answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--no-latency", action="store_true")
    options = parser.parse_args()
    if not options.no_latency:
        _alone(str(options.run))
    server, address = _start(str(options.run))
    ended: list[float] = []

    def stop() -> None:
        server.send_signal(signal.SIGTERM)
        start = time.perf_counter()
        threading.Thread(
            target=lambda: (server.wait(), ended.append(time.perf_counter() - start))
        ).start()

    got = _load(address, options.clients, options.seconds, stop)
    status = server.wait()
    assert server.stderr is not None
    said = server.stderr.read().strip().splitlines()[-1]
    print(f"SIGTERM: status {status} after {ended[0]:.1f} s; server: {said}")
    print("clients: " + ", ".join(f"{count} × {what}" for what, count in sorted(got.items())))
    accepted = int(said.split()[1].replace(",", ""))
    lost = accepted - got["200"]
    print(f"accepted without an answer: {lost}")
    sys.exit(bool(lost or status))


if __name__ == "__main__":
    main()
