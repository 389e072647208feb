"""Tiny models with random weights, saved to a folder as a user's own would be."""

from pathlib import Path

TEXTS = ["a red dress", "blue shoe", "usb charger", "红 色 连 衣 裙"]
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}


def _tokenizer(texts=TEXTS):  # type: ignore[no-untyped-def]
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[EOS]", *sorted({word for text in texts for word in text.split()})]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", eos_token="[EOS]", model_max_length=16
    )


def save_clip(kind: str, folder: Path, *, safe: bool = True) -> Path:
    """A CLIP, SigLIP or Chinese-CLIP of two layers."""
    import torch
    import transformers

    prefix = {"clip": "CLIP", "siglip": "Siglip", "chinese_clip": "ChineseCLIP"}[kind]
    torch.manual_seed(7)
    text = {"vocab_size": 24, "max_position_embeddings": 16, "eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 0}
    config = getattr(transformers, f"{prefix}Config")(
        text_config={**text, **SMALL}, vision_config={"image_size": 32, "patch_size": 16, **SMALL}, projection_dim=24
    )
    model = getattr(transformers, f"{prefix}Model")(config).eval()
    if safe:
        model.save_pretrained(folder)
    else:
        model.config.save_pretrained(folder)
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    _tokenizer().save_pretrained(folder)
    side = {"height": 32, "width": 32}
    getattr(transformers, f"{prefix}ImageProcessorPil")(size=side, crop_size=side).save_pretrained(folder)
    return folder


def save_sentence_encoder(folder: Path) -> Path:
    """A BERT of two layers with mean pooling."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    inner = folder.with_name(f"{folder.name}-bert")
    BertModel(BertConfig(vocab_size=24, max_position_embeddings=16, **SMALL)).save_pretrained(inner)
    _tokenizer().save_pretrained(inner)
    word = models.Transformer(str(inner), max_seq_length=16)
    SentenceTransformer(modules=[word, models.Pooling(32)], device="cpu").save(str(folder))
    return folder


def save_text_encoder(folder: Path, texts: list[str]) -> Path:
    """A BERT of two layers that knows the words of some texts, as transformers saves it: no pooling of its own."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    tokenizer = _tokenizer(texts)
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=16, initializer_range=0.1, **SMALL)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
