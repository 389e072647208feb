"""Classes without any example: from a catalogue picture of each, from its name, or from both.

Names reach photos by two ways. An image classifier's own classes have names, and a class that is called alike is what a
photo of it would be taken for. And where some classes have pictures, what a name looks like is predicted from theirs.
"""

import numpy as np

from wares.encode.conse import ConSE
from wares.encode.heads import softmax
from wares.errors import TrainingError
from wares.types import FloatArray, ScoreArray

TEMPERATURE = 0.05
ALIKE, SHARPNESS = 0.7, 20.0
PENALTY = 1.0


def aligned(pictures: FloatArray, photos: FloatArray) -> FloatArray:
    """(k, d) pictures moved so that their mean is that of the (n, d) photos.

    What sets all catalogue pictures apart from all photos, such as a white ground, says nothing of the class.

    Notes
    -----
    The first moment of Sun, Feng and Saenko, "Return of frustratingly easy domain adaptation" (CORAL), AAAI 2016.
    """
    if not len(pictures) or not len(photos):
        raise TrainingError("there are no pictures or no photos", fix="give at least one of each")
    return np.asarray(pictures - pictures.mean(0) + photos.mean(0), np.float32)


def picture_scores(photos: FloatArray, prototypes: FloatArray, centre: FloatArray) -> ScoreArray:
    """(n, k) log odds of n photos for k prototypes: cosines about the centre (d,), over a temperature."""
    seen, known = _about(photos, centre), _about(prototypes, centre)
    return np.asarray(seen @ known.T / TEMPERATURE, np.float64)


def name_scores(conse: ConSE, photos: FloatArray, names: FloatArray) -> ScoreArray:
    """(n, k) log P(class | photo) by way of the image classifier's own classes.

    Parameters
    ----------
    photos : (n, d_image)
        Unit rows of the encoder that the classifier belongs to.
    names : (k, d_text)
        Unit rows of the classes' names, of the text encoder that ``conse`` was made with.

    Notes
    -----
    As Norouzi et al. (ICLR 2014), but by probability: a classifier's class passes its own on to the names that it
    resembles, and the less it resembles any of them, the more evenly to all.
    """
    alike = np.exp(SHARPNESS * (conse.words.astype(np.float64) @ names.T - ALIKE))
    given = alike / (1 + alike.sum(1, keepdims=True))
    seen = softmax((photos @ conse.matrix.T + conse.bias).astype(np.float64)) @ given
    return np.asarray(np.log(seen + (1 - seen.sum(1, keepdims=True)) / len(names)), np.float64)


def text_prototypes(names: FloatArray, known: FloatArray, pictures: FloatArray, penalty: float = PENALTY) -> FloatArray:
    """What classes look like by their names, from classes whose looks are known.

    Parameters
    ----------
    names : (k, d_text)
        Unit rows of the classes asked about.
    known : (m, d_text)
        Unit rows of the classes with pictures.
    pictures : (m, d)
        A row of features for each of them.
    penalty
        Of the ridge regression, in units of a text's squared length.

    Returns
    -------
    (k, d)
        Their mean where nothing is alike.
    """
    if not len(known) or len(known) != len(pictures):
        raise TrainingError("there are no classes with both a name and a picture", fix="give at least one")
    mean, look = known.mean(0), pictures.mean(0)
    kernel = (known - mean) @ (known - mean).T
    solved = np.linalg.solve(kernel + penalty * np.eye(len(known)), pictures - look)
    return np.asarray(look + (names - mean) @ (known - mean).T @ solved, np.float32)


def _about(rows: FloatArray, centre: FloatArray) -> ScoreArray:
    moved = np.asarray(rows - centre, np.float64)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12), np.float64)
