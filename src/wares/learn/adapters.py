"""What fine-tuning leaves behind: a small adapter with a card, which can be merged into a checkpoint of its own.

An adapter is a folder with ``adapter_model.safetensors``, ``adapter_config.json`` (both as peft writes them) and
``card.json``: which weights it belongs to, what it was trained on, and what that was worth. Nothing is loaded whose
hash is not on the card, and nothing that can run code when it is opened.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wares.encode import checkpoints, weights
from wares.encode.checkpoints import Checkpoint
from wares.encode.learned import sha256_of
from wares.errors import EncodeError, TrainingError, WeightsError
from wares.types import FloatArray

Pooling = Literal["mean", "first", "features"]

KIND = "wares-lora.v1"
CARD, ADAPTER, CONFIG = "card.json", "adapter_model.safetensors", "adapter_config.json"
EXTRA = "pip install 'wares[learn]'"
BATCH = 32
_PLAIN = ("*.json", "*.txt", "*.model")  # what is copied beside merged weights
_WEIGHTS = "*.safetensors"


@dataclass(frozen=True, slots=True)
class Card:
    """What an adapter is.

    Attributes
    ----------
    model, revision
        The base: a folder, or a name on a hub with its commit.
    base_sha256
        Of each weights file of the base, by name.
    adapter_sha256, config_sha256
        Of ``adapter_model.safetensors`` and ``adapter_config.json``.
    data_sha256
        Of the pairs, training and validation.
    seed
        Of everything that was drawn.
    settings
        Of the training, pooling and prompts among them.
    metrics
        Validation loss and mean reciprocal rank before and after, and how many pairs and epochs there were.
    versions
        Of the libraries it was made with.
    """

    model: str
    revision: str
    base_sha256: Mapping[str, str]
    adapter_sha256: str
    config_sha256: str
    data_sha256: str
    seed: int
    settings: Mapping[str, Any]
    metrics: Mapping[str, float]
    versions: Mapping[str, str]
    kind: str = KIND


class PooledEncoder:
    """A text encoder of transformers that can be trained: tokens → states → one unit row.

    Parameters
    ----------
    folder
        Of the checkpoint; safetensors.
    pooling
        ``mean`` over tokens, the ``first`` token, or ``features``: the text features of a CLIP-like model.
    length
        Tokens read of a text; the model's own limit comes first, and for ``features`` it is the only one.
    """

    def __init__(self, folder: Path, pooling: Pooling = "mean", length: int = 64) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as missing:
            raise WeightsError("adapters need torch, transformers and peft", fix=EXTRA) from missing
        local = {"trust_remote_code": False, "local_files_only": True}
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)  # a head that the checkpoint lacks is drawn, and is written when it is merged
                loaded = AutoModel.from_pretrained(folder, use_safetensors=True, dtype=torch.float32, **local)
            self.model = loaded.eval()
            self.tokenizer = AutoTokenizer.from_pretrained(folder, **local)
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(
                f"{folder} cannot be loaded: {error}", fix="see that it is a text encoder that transformers opens"
            ) from error
        if pooling == "features" and not hasattr(self.model, "get_text_features"):
            raise WeightsError(f"{folder} has no text features", fix="choose pooling mean or first")
        self.pooling = pooling
        # as the encoder that will load the merged model pads: CLIP-like models to their full length
        full = getattr(getattr(self.model.config, "text_config", None), "max_position_embeddings", length)
        self.padding = "max_length" if pooling == "features" else "longest"
        self.length = min(full if pooling == "features" else length, self.tokenizer.model_max_length)

    def __call__(self, texts: Sequence[str]) -> Any:
        """(n, d) unit rows, a tensor with gradients."""
        from torch.nn import functional

        tokens = self.tokenizer(
            list(texts), padding=self.padding, truncation=True, max_length=self.length, return_tensors="pt"
        )
        if self.pooling == "features":
            found = self.model.get_text_features(**tokens)
            return functional.normalize(getattr(found, "pooler_output", found), dim=1)
        states = self.model(**tokens).last_hidden_state  # (n, tokens, d)
        if self.pooling == "first":
            return functional.normalize(states[:, 0], dim=1)
        mask = tokens["attention_mask"][..., None].to(states.dtype)
        return functional.normalize((states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1), dim=1)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, d) float32 unit rows; EncodeError where there is no text."""
        import torch

        if not texts:
            raise EncodeError("there are no texts", fix="give at least one")
        with torch.inference_mode():
            rows = [self(texts[start : start + BATCH]).numpy() for start in range(0, len(texts), BATCH)]
        vectors: FloatArray = np.concatenate(rows)
        return vectors


def find(model: str, revision: str = "") -> tuple[Checkpoint, Path]:
    """The base and the folder it lies in; from a hub only weights in safetensors and text are fetched.

    Raises
    ------
    WeightsError
        As :func:`wares.encode.checkpoints.find`, and for a single file: a pickle is named as one.
    """
    path = Path(model).expanduser()
    if model and path.is_file():
        weights.check_format(path)
        raise WeightsError(f"{model} is a file", fix="name the folder that holds it with its config and tokenizer")
    checkpoint = checkpoints.find(model, revision)
    if not checkpoint.revision:
        return checkpoint, Path(checkpoint.model)
    try:
        from huggingface_hub import snapshot_download
    except ImportError as missing:
        raise WeightsError("adapters need torch, transformers and peft", fix=EXTRA) from missing
    try:
        fetched = Path(snapshot_download(model, revision=revision, allow_patterns=[_WEIGHTS, *_PLAIN]))
    except (OSError, ValueError) as error:
        fix = "see that the hub can be reached, or name a local folder"
        raise WeightsError(f"{model}@{revision[:12]} cannot be fetched: {error}", fix=fix) from error
    if not hashes(fetched):
        raise WeightsError(
            f"there are no safetensors in {model}", fix="choose a model that has them: pickles can run code"
        )
    return checkpoint, fetched


def hashes(folder: Path) -> dict[str, str]:
    """The sha256 of each weights file in a folder, by its path within."""
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob(_WEIGHTS))}


def write_card(folder: Path, card: Card) -> None:
    """Put a card beside its adapter."""
    weights.write(folder / CARD, [json.dumps(asdict(card), indent=1, sort_keys=True, ensure_ascii=False).encode()])


def read_card(folder: Path) -> Card:
    """The card of an adapter whose files are what it says.

    Raises
    ------
    WeightsError
        No card or one of another kind, a changed adapter, or a file in the folder that can run code.
    """
    weights.check_folder(folder)
    try:
        card = Card(**json.loads((folder / CARD).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{folder} has no card that can be read: {error}", fix="adapt the model again") from error
    if card.kind != KIND:
        raise WeightsError(f"{folder} is {card.kind}, not {KIND}", fix="use the wares that wrote it")
    for name, digest in ((ADAPTER, card.adapter_sha256), (CONFIG, card.config_sha256)):
        if not (folder / name).is_file() or sha256_of(folder / name) != digest:
            raise WeightsError(f"{name} in {folder} is not what its card says", fix="adapt the model again")
    return card


def load(folder: Path, base: str = "") -> PooledEncoder:
    """The base with its adapter merged in, ready to encode.

    Parameters
    ----------
    folder
        Of the adapter.
    base
        Where the base lies now, if it was moved; its weights must be the same.

    Raises
    ------
    WeightsError
        As :func:`read_card` and :func:`find`, or weights of the base that are others than those it was trained on.
    """
    card = read_card(folder)
    return _merged(folder, card, _source(card, base))


def merge(folder: Path, target: Path, base: str = "") -> Path:
    """Write base and adapter as one plain checkpoint, which the encoders of :mod:`wares.encode` load.

    Tokenizer, configuration and card come along. Weights are float32.

    Parameters
    ----------
    target
        A folder that is not there yet.

    Raises
    ------
    WeightsError
        As :func:`load`, or for a target that is there.
    """
    card = read_card(folder)
    if target.exists():
        raise WeightsError(f"{target} is there already", fix="name a new folder, or remove it first")
    source = _source(card, base)
    encoder = _merged(folder, card, source)
    target.mkdir(parents=True)
    for path in sorted({path for pattern in _PLAIN for path in source.rglob(pattern)}):
        if not path.name.endswith(".index.json"):  # of weights in several files, which are one now
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    encoder.model.save_pretrained(target)
    if encoder.pooling != "features" and not (target / "modules.json").exists():
        _write_pooling(target, encoder, card)
    write_card(target, card)
    return target


def _source(card: Card, base: str) -> Path:
    _, source = find(base or card.model, "" if base else card.revision)
    if hashes(source) != dict(card.base_sha256):
        raise WeightsError(f"{source} has other weights than the adapter was trained on", fix="name the folder of them")
    return source


def _merged(folder: Path, card: Card, source: Path) -> PooledEncoder:
    try:
        from peft import PeftModel
    except ImportError as missing:
        raise WeightsError("adapters need torch, transformers and peft", fix=EXTRA) from missing
    encoder = PooledEncoder(source, card.settings["pooling"], card.settings["length"])
    encoder.model = PeftModel.from_pretrained(encoder.model, str(folder)).merge_and_unload().eval()
    return encoder


def _write_pooling(target: Path, encoder: PooledEncoder, card: Card) -> None:
    """Tell sentence-transformers how tokens become one vector, and what stands before queries and documents."""
    room = "sentence_transformers.models"
    files = {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{room}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{room}.Pooling"},
        ],
        "sentence_bert_config.json": {"max_seq_length": encoder.length, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": card.settings["query_prompt"], "document": card.settings["text_prompt"]},
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": encoder.model.config.hidden_size,
            "pooling_mode_cls_token": encoder.pooling == "first",
            "pooling_mode_mean_tokens": encoder.pooling == "mean",
        },
    }
    (target / "1_Pooling").mkdir()
    for name, content in files.items():
        (target / name).write_text(json.dumps(content, indent=1), "utf-8")


def agree(folder: Path, pooling: str, prompts: Mapping[str, str]) -> None:
    """TrainingError where a folder of sentence-transformers pools or prompts otherwise than is asked for."""
    path = folder / "1_Pooling" / "config.json"
    if path.is_file():
        said = json.loads(path.read_text("utf-8"))
        theirs = str(said.get("pooling_mode") or ("cls" if said.get("pooling_mode_cls_token") else "mean"))
        if {"cls": "first"}.get(theirs, theirs) != pooling:
            raise TrainingError(f"{folder} pools by {theirs}, not {pooling}", fix="give the pooling that the model has")
    path = folder / "config_sentence_transformers.json"
    if path.is_file():
        known = json.loads(path.read_text("utf-8")).get("prompts") or {}
        for kind, prompt in prompts.items():
            if (theirs := known.get(kind, "")) != prompt:
                raise TrainingError(f"{folder} has the {kind} prompt {theirs!r}, not {prompt!r}", fix="give that one")
