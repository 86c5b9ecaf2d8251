"""Small random checkpoints that tests write for themselves."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    ResNetConfig,
    ResNetModel,
    RobertaConfig,
    RobertaModel,
    ViTConfig,
    ViTModel,
)

WORDS = [
    "the",
    "a",
    "cat",
    "dog",
    "sat",
    "on",
    "mat",
    "stock",
    "market",
    "fell",
    "goal",
    "team",
    "won",
]
SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]


def write_tokenizer(folder: Path, limit: int) -> None:
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *WORDS])}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        model_max_length=limit,
    ).save_pretrained(folder)


def text_model(folder: Path, kind: str = "bert", layers: int = 2) -> Path:
    shape = {
        "vocab_size": len(WORDS) + len(SPECIAL),
        "hidden_size": 16,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "pad_token_id": 0,
    }
    with torch.random.fork_rng():
        torch.manual_seed(5)
        if kind == "bert":
            model = BertModel(BertConfig(max_position_embeddings=32, **shape))
        else:
            model = RobertaModel(RobertaConfig(max_position_embeddings=33, **shape))
    model.save_pretrained(folder)
    write_tokenizer(folder, 32 if kind == "bert" else 10**30)
    return folder


def with_modules(folder: Path, modules: list[tuple[str, str, dict[str, object]]]) -> Path:
    listed = []
    for number, (kind, path, config) in enumerate(modules):
        listed.append(
            {
                "idx": number,
                "name": str(number),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
        )
        if path:
            (folder / path).mkdir(exist_ok=True)
            (folder / path / "config.json").write_text(json.dumps(config))
    (folder / "modules.json").write_text(json.dumps(listed))
    return folder


def image_model(folder: Path, kind: str, settings: dict[str, object]) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        if kind == "resnet":
            model: torch.nn.Module = ResNetModel(
                ResNetConfig(
                    embedding_size=8, hidden_sizes=[8, 12], depths=[1, 1], layer_type="basic"
                )
            )
        else:
            model = ViTModel(
                ViTConfig(
                    hidden_size=16,
                    num_hidden_layers=2,
                    num_attention_heads=2,
                    intermediate_size=32,
                    image_size=32,
                    patch_size=8,
                ),
                add_pooling_layer=kind == "vit",
            )
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder
