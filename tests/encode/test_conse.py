import numpy as np

from wares.encode.conse import TOP, ConSE


def test_prediction_is_the_weighted_mean_of_the_likeliest_names_by_hand():
    generator = np.random.default_rng(0)
    words = generator.normal(size=(8, 5)).astype(np.float32)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    conse = ConSE(generator.normal(size=(8, 6)).astype(np.float32), generator.normal(size=8).astype(np.float32), words)
    photos = generator.normal(size=(4, 6)).astype(np.float32)
    for photo, predicted in zip(photos, conse.predict(photos), strict=True):
        logits = conse.matrix @ photo + conse.bias
        best = np.argsort(-logits)[:TOP]
        mean = (np.exp(logits[best]) / np.exp(logits[best]).sum()) @ words[best]
        np.testing.assert_allclose(predicted, mean / np.linalg.norm(mean), atol=1e-5)


def test_a_sure_photo_is_its_class_name():
    words = np.eye(6, dtype=np.float32)
    conse = ConSE(50 * np.eye(6, dtype=np.float32), np.zeros(6, np.float32), words)
    np.testing.assert_allclose(conse.predict(np.eye(6, dtype=np.float32)), words, atol=1e-5)
    assert conse.predict(np.zeros((0, 6), np.float32)).shape == (0, 6)


def test_an_encoder_without_classes_gives_none():
    assert ConSE.of(object(), object()) is None


def test_classes_are_named_in_the_order_of_the_classifier():
    class Image:
        def classifier(self):
            return np.zeros((1000, 2), np.float32), np.zeros(1000, np.float32)

    class Text:
        def encode(self, names):
            self.names = names
            return type("Encoded", (), {"vectors": np.zeros((1000, 3), np.float32)})

    text = Text()
    ConSE.of(Image(), text)
    assert (text.names[948], text.names[954]) == ("Granny Smith apple", "banana")
