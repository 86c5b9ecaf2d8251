"""Encodes texts by a backend of sentence-transformers, in a Python of its own; started by bench_embedding.

It imports nothing of clusterforge: ONNX Runtime and OpenVINO want older libraries than clusterforge has.
Lines come in: the texts as JSON, then one for each time that they are to be encoded; one line goes
out for each, the seconds. The embedding of the first is written to a file.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

BACKENDS = ("torch", "onnx", "openvino", "onnx-int8", "openvino-int8")


def model(source: str, backend: str, folder: Path, texts: Path) -> Any:
    """Return a model with a backend, converted and quantised in a folder as its documentation does."""
    from sentence_transformers import SentenceTransformer

    kind, _, quantised = backend.partition("-")
    made = SentenceTransformer(source, backend=kind, device="cpu")
    if kind == "torch":
        return made
    made.save_pretrained(str(folder))
    if not quantised:
        return made
    made = SentenceTransformer(str(folder), backend=kind, device="cpu")
    if kind == "onnx":
        from sentence_transformers import export_dynamic_quantized_onnx_model

        export_dynamic_quantized_onnx_model(made, "avx512_vnni", str(folder))
        name = "onnx/model_qint8_avx512_vnni.onnx"
    else:
        from optimum.intel import OVQuantizationConfig
        from sentence_transformers import export_static_quantized_openvino_model

        export_static_quantized_openvino_model(
            made,
            OVQuantizationConfig(),
            str(folder),
            dataset_name=str(texts),
            dataset_config_name="default",
            dataset_split="train",
            column_name="text",
        )
        name = "openvino/openvino_model_qint8_quantized.xml"
    return SentenceTransformer(
        str(folder), backend=kind, device="cpu", model_kwargs={"file_name": name}
    )


def main(source: str, backend: str, folder: Path, threads: str) -> None:
    torch.set_num_threads(int(threads))
    answers, sys.stdout = sys.stdout, sys.stderr  # the libraries print
    items = json.loads(sys.stdin.readline())
    texts = folder / "texts"
    texts.mkdir(parents=True)
    lines = [json.dumps({"text": text}) + "\n" for text in items[:300]]
    (texts / "train.jsonl").write_text("".join(lines), encoding="utf-8")
    made = model(source, backend, folder / "model", texts)
    np.save(folder / "embedding.npy", made.encode(items))
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        made.encode(items)
        print(time.perf_counter() - start, file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
