"""A model as an ONNX graph (opset 18): `contexts` in, `log_probabilities` out, for the four families.

    contexts            int64 (batch, context_size)   the last tokens, the newest last, 0 before the name begins
    log_probabilities   float32 (batch, vocabulary)   natural logarithms of the probability of every next token

`metadata_props` says the rest: `format` (of this layout), `family`, `context_size`, and `vocabulary`, whose i-th
character (a Unicode code point, counted from 1) is token i; token 0 is the boundary.

The graph is put together node by node: there is nothing in it that a reader of the models would not know. The
histories of an n-gram model are a tree: those with one older token stand together, and so do the tokens seen after
a history. So each step back is one comparison of the asked token with a few neighbours. A history that was never
seen stands one past the end of its level, with no neighbours, nothing seen after it, and all its probability left
to the shorter one; so nothing needs to be asked twice.
"""

import sys
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor, nn

from namegen.corpus.vocabulary import BOUNDARY, Vocabulary
from namegen.errors import NamegenError, UsageError
from namegen.models import MLP, Bigram, Blend, NameModel, Ngram
from namegen.models.blend import Translation
from namegen.models.mlp import Linear
from namegen.models.ngram_order import NgramOrder
from namegen.api import TrainedModel
from namegen.version import __version__

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise NamegenError("ONNX files need the package onnx: pip install onnx") from error

FORMAT = 1
OPSET = 18  # the first in which ScatterElements adds and the reductions take their axes as an input
IR_VERSION = 8


class Graph:
    """Nodes and constants in the order they are added. A value is known by its name, a string."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Tensor | Sequence[int] | Sequence[float]) -> str:
        """A tensor that the file holds; bare numbers become int64 or float32."""
        name = f"constant_{len(self.constants)}"
        tensor = value if isinstance(value, Tensor) else torch.tensor(value)
        self.constants.append(numpy_helper.from_array(tensor.detach().cpu().contiguous().numpy(), name))
        return name

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """The value that an operator gives for these values."""
        name = output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [*inputs], [name], **attributes))
        return name


def onnx_of(trained: TrainedModel) -> bytes:
    """The bytes of an ONNX file. Raises `UsageError` for a family that has no graph here.

    >>> import namegen
    >>> onnx_model = onnx.load_from_string(onnx_of(namegen.train("irish", model="bigram")))
    >>> {entry.key: entry.value for entry in onnx_model.metadata_props}["family"]
    'bigram'
    """
    model = trained.model
    graph = Graph()
    logits = logits_of(model, graph, "contexts")
    graph.add("LogSoftmax", logits, axis=1, output="log_probabilities")
    asked = helper.make_tensor_value_info("contexts", TensorProto.INT64, ["batch", model.context_size])
    given = helper.make_tensor_value_info("log_probabilities", TensorProto.FLOAT, ["batch", model.vocabulary.size])
    whole = helper.make_graph(graph.nodes, "namegen", [asked], [given], graph.constants)
    file = helper.make_model(
        whole,
        producer_name="namegen",
        producer_version=__version__,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    facts = {
        "format": str(FORMAT),
        "family": model.family,
        "context_size": str(model.context_size),
        "vocabulary": model.vocabulary.characters,
    }
    helper.set_model_props(file, facts)
    onnx.checker.check_model(file)
    data: bytes = file.SerializeToString(deterministic=True)
    return data


@singledispatch
def logits_of(model: NameModel, graph: Graph, contexts: str) -> str:  # noqa: ARG001 (what is registered takes them)
    """Add a model to a graph: the value of its logits for these contexts. A family registers its own way here."""
    raise UsageError(f"A model of the family {model.family} has no ONNX graph. Export it as .json.")


@logits_of.register
def _bigram(model: Bigram, graph: Graph, contexts: str) -> str:
    """A row of the matrix."""
    return graph.add("Gather", graph.constant(model.probabilities().log()), _token_back(graph, contexts, 1))


@logits_of.register
def _ngram(model: Ngram, graph: Graph, contexts: str) -> str:
    """Probabilities after ever longer histories, each mixed from what was seen and those before."""
    batch = graph.add("Shape", contexts, start=0, end=1)
    history = graph.add("ConstantOfShape", batch, value=numpy_helper.from_array(_int32([0]).numpy()))  # the empty one
    probabilities = graph.add("Gather", graph.constant(model.short_histories.probabilities[:1]), history)
    shorter_histories = 1
    for length, level in enumerate(model.levels):
        assert isinstance(level, NgramOrder)
        if length == 0:  # is in those already
            continue
        if not len(level.keys):  # no name is as long
            break
        asked = _token_back(graph, contexts, length)
        history = _one_older(graph, level, model.vocabulary, shorter_histories, history, asked)
        probabilities = _mixed(graph, level, history, probabilities)
        shorter_histories = len(level.keys)
    return graph.add("Log", probabilities)


def _one_older(
    graph: Graph, level: NgramOrder, vocabulary: Vocabulary, shorter_histories: int, history: str, asked: str
) -> str:
    """The histories that go on to the asked, older token; one past the end of the level where they were never seen."""
    keys = level.keys.long()
    starts = torch.searchsorted(keys, torch.arange(shorter_histories + 2) * vocabulary.size)
    places, inside, width = _neighbours(graph, starts, history)
    oldest = (keys % vocabulary.size).to(vocabulary.token_dtype)
    found = graph.add("Gather", graph.constant(_padded(oldest, width)), places)
    same = graph.add("Equal", _cast(graph, found, TensorProto.INT64), _as_column(graph, asked))
    seen = graph.add("Where", graph.add("And", same, inside), places, graph.constant(_int32([len(keys)])))
    return graph.add("ReduceMin", seen, graph.constant([1]), keepdims=0)


def _mixed(graph: Graph, level: NgramOrder, history: str, probabilities: str) -> str:
    """p(w | h) = (c(hw) - D) / c(h·) + γ(h) p(w | h')."""
    end = level.ends.long()[-1:]
    starts = torch.cat([level.starts, end, end])  # after an unseen history nothing was seen,
    backoff = torch.cat([level.backoff, torch.ones(1)])  # and γ is 1
    places, inside, width = _neighbours(graph, starts, history)
    tokens = graph.add("Gather", graph.constant(_padded(level.followers, width)), places)
    shares = graph.add("Gather", graph.constant(_padded(level.shares, width)), places)
    shares = graph.add("Where", inside, shares, graph.constant([0.0]))
    left = _as_column(graph, graph.add("Gather", graph.constant(backoff), history))
    rest = graph.add("Mul", probabilities, left)
    where = _cast(graph, tokens, TensorProto.INT64)
    return graph.add("ScatterElements", rest, where, shares, axis=1, reduction="add")


def _neighbours(graph: Graph, starts: Int64[Tensor, " n"], history: str) -> tuple[str, str, int]:
    """The places from where each history's neighbours start, as many as the most have; and which of them are its."""
    width = int(starts.diff().max())
    after = graph.add("Add", history, graph.constant(_int32([1])))
    table = graph.constant(starts.int())
    start, end = (_as_column(graph, graph.add("Gather", table, place)) for place in (history, after))
    places = graph.add("Add", start, graph.constant(_int32([*range(width)])))
    return places, graph.add("Less", places, end), width


def _padded(values: Tensor, width: int) -> Tensor:
    """Values with so many zeros after them that the places of the last neighbours may run past the end."""
    return torch.cat([values, values.new_zeros(width)])


def _int32(numbers: list[int]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.int32)


def _as_column(graph: Graph, value: str) -> str:
    return graph.add("Unsqueeze", value, graph.constant([1]))


def _cast(graph: Graph, value: str, to: int) -> str:
    return graph.add("Cast", value, to=to)


def _token_back(graph: Graph, contexts: str, back: int) -> str:
    """The token so many back; 1 is the newest."""
    return graph.add("Gather", contexts, graph.constant(torch.tensor(-back)), axis=1)


@logits_of.register
def _mlp(model: MLP, graph: Graph, contexts: str) -> str:
    """Embedding → hidden layers → logits. One-hot input is the same numbers, so it is looked up too."""
    rows = graph.add("Gather", graph.constant(model.embedding), contexts)
    x = graph.add("Flatten", rows, axis=1)
    for place, hidden in enumerate(model.hidden):
        assert isinstance(hidden, Linear)
        if place == 0:
            x = _activation(model, graph, _linear(graph, hidden, x))
            continue
        norm = model.norms[place - 1]
        assert isinstance(norm, nn.LayerNorm)
        scale, shift = graph.constant(norm.weight), graph.constant(norm.bias)
        normalised = graph.add("LayerNormalization", x, scale, shift, axis=1, epsilon=norm.eps)
        x = graph.add("Add", x, _activation(model, graph, _linear(graph, hidden, normalised)))
    return _linear(graph, model.output, x)


def _linear(graph: Graph, layer: Linear, x: str) -> str:
    return graph.add("Gemm", x, graph.constant(layer.weight), graph.constant(layer.bias), transB=1)


def _activation(model: MLP, graph: Graph, x: str) -> str:
    """GELU is x Φ(x), written with the error function: ONNX has it under its name from opset 20 only."""
    if model.settings.activation == "tanh":
        return graph.add("Tanh", x)
    error = graph.add("Erf", graph.add("Mul", x, graph.constant([0.5**0.5])))
    return graph.add("Mul", graph.add("Mul", x, graph.constant([0.5])), graph.add("Add", error, graph.constant([1.0])))


@logits_of.register
def _blend(model: Blend, graph: Graph, contexts: str) -> str:
    """ln Σ wᵢ pᵢ over the members, each in its own vocabulary."""
    parts = []
    for member, weight in zip(model.members, model.weights.log(), strict=True):
        assert isinstance(member, NameModel)
        to_inner = Translation(model.vocabulary, member.vocabulary)
        seen = _inwards(graph, to_inner, _newest(graph, contexts, member.context_size))
        logs = graph.add("LogSoftmax", logits_of(member, graph, seen), axis=1)
        weighted = graph.add("Add", _outwards(graph, to_inner, logs), graph.constant(weight))
        parts.append(graph.add("Unsqueeze", weighted, graph.constant([0])))
    return graph.add("ReduceLogSumExp", graph.add("Concat", *parts, axis=0), graph.constant([0]), keepdims=0)


def _newest(graph: Graph, contexts: str, count: int) -> str:
    """The newest tokens of each context, so many."""
    from_, to, axis = (graph.constant([number]) for number in (-count, sys.maxsize, 1))
    return graph.add("Slice", contexts, from_, to, axis)


def _inwards(graph: Graph, translation: Translation, contexts: str) -> str:
    """Contexts in the member's tokens; what stands up to an unknown character becomes the boundary."""
    if translation.same:
        return contexts
    inner = graph.add("Gather", graph.constant(translation.inner_of), contexts)
    unknown = _cast(graph, graph.add("Less", inner, graph.constant([0])), TensorProto.INT64)
    unknown_from_here = graph.add("CumSum", unknown, graph.constant(torch.tensor(1)), reverse=1)
    known = graph.add("Equal", unknown_from_here, graph.constant([0]))
    return graph.add("Where", known, inner, graph.constant([BOUNDARY]))


def _outwards(graph: Graph, translation: Translation, logs: str) -> str:
    """A member's log-probabilities in the blend's tokens; what it does not know is its least likely one again."""
    if translation.same:
        return logs
    least = graph.add("ReduceMin", logs, graph.constant([1]), keepdims=1)
    with_least = graph.add("Concat", logs, least, axis=1)
    spread = graph.add("Gather", with_least, graph.constant(translation.inner_of), axis=1)  # -1 is the last: the least
    return graph.add("LogSoftmax", spread, axis=1)
