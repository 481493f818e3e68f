"""A model as an ONNX graph: `contexts` in, `log_probabilities` out. README.md in this folder describes both.

The graph is built node by node, by the formulas of the models. The histories of an n-gram model are a tree: those with
one older token stand together, and so do the tokens seen after a history. So each step back compares the token with a
few neighbours. A history that was never seen has the number one past the end of its length: no neighbours, nothing seen
after it, and γ = 1, so that no step needs a branch.
"""

import sys
from collections.abc import Callable
from functools import singledispatch
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.api import TrainedModel
from namegen.corpus.vocabulary import BOUNDARY
from namegen.errors import NamegenError, UsageError
from namegen.models import MLP, Bigram, Blend, NameModel, Ngram
from namegen.models.blend import Translation
from namegen.models.ngram_order import NgramOrder
from namegen.version import __version__

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise NamegenError("ONNX files need the package onnx: pip install onnx") from error

INT64 = TensorProto.INT64

Value = str  # the name of what a node computes
Operand = Value | Tensor | list[int] | list[float]


class Graph:
    """Nodes in the order they are added: `graph.Add(x, y)` is the sum of two values, tensors or lists of numbers.

    >>> graph = Graph()
    >>> graph.Mul(graph.Add("x", [1]), "y"), [node.op_type for node in graph.nodes]
    ('Mul_1', ['Add', 'Mul'])
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def __getattr__(self, operator: str) -> Callable[..., Value]:
        def add(*inputs: Operand, output: str = "", **attributes: Any) -> Value:
            name = output or f"{operator}_{len(self.nodes)}"
            self.nodes.append(helper.make_node(operator, [*map(self._value, inputs)], [name], **attributes))
            return name

        return add

    def _value(self, operand: Operand) -> Value:
        if isinstance(operand, Value):
            return operand
        name = f"constant_{len(self.constants)}"
        tensor = operand if isinstance(operand, Tensor) else torch.tensor(operand)
        self.constants.append(numpy_helper.from_array(tensor.detach().cpu().contiguous().numpy(), name))
        return name


def onnx_of(trained: TrainedModel) -> bytes:
    """The bytes of an ONNX file. Raises `UsageError` for a family that has no graph here.

    >>> import namegen
    >>> onnx_model = onnx.load_from_string(onnx_of(namegen.train("irish", model="bigram")))
    >>> {entry.key: entry.value for entry in onnx_model.metadata_props}["family"]
    'bigram'
    """
    model, graph = trained.model, Graph()
    graph.LogSoftmax(logits_of(model, graph, "contexts"), axis=1, output="log_probabilities")
    contexts = helper.make_tensor_value_info("contexts", INT64, ["batch", model.context_size])
    logs = helper.make_tensor_value_info("log_probabilities", TensorProto.FLOAT, ["batch", model.vocabulary.size])
    file = helper.make_model(
        helper.make_graph(graph.nodes, "namegen", [contexts], [logs], graph.constants),
        producer_name="namegen",
        producer_version=__version__,
        opset_imports=[helper.make_opsetid("", 20)],  # the first with Gelu
        ir_version=9,
    )
    facts = {"format": "1", "family": model.family, "context_size": str(model.context_size)}
    helper.set_model_props(file, facts | {"vocabulary": model.vocabulary.characters})
    onnx.checker.check_model(file)
    data: bytes = file.SerializeToString(deterministic=True)
    return data


@singledispatch
def logits_of(model: NameModel, graph: Graph, contexts: Value) -> Value:  # noqa: ARG001 (what is registered takes them)
    """Add a model to a graph: the logits for these contexts. A family registers its own graph here."""
    raise UsageError(f"A model of the family {model.family} has no ONNX graph. Export it as .json.")


@logits_of.register
def _bigram(model: Bigram, graph: Graph, contexts: Value) -> Value:
    return graph.Gather(model.probabilities().log(), _token_back(graph, contexts, 1))


@logits_of.register
def _mlp(model: MLP, graph: Graph, contexts: Value) -> Value:
    """Embedding → hidden layers → logits. One-hot input gives the same numbers, so it is looked up too."""
    activation = graph.Tanh if model.settings.activation == "tanh" else graph.Gelu
    x = graph.Flatten(graph.Gather(model.embedding, contexts), axis=1)
    for place, hidden in enumerate(model.hidden):
        normalised = x
        if place:
            norm: Any = model.norms[place - 1]
            normalised = graph.LayerNormalization(x, norm.weight, norm.bias, axis=1, epsilon=norm.eps)
        h = activation(graph.Gemm(normalised, hidden.weight, hidden.bias, transB=1))
        x = graph.Add(x, h) if place else h
    return graph.Gemm(x, model.output.weight, model.output.bias, transB=1)


@logits_of.register
def _ngram(model: Ngram, graph: Graph, contexts: Value) -> Value:
    """From the uniform distribution on, each longer history mixes in what was seen after it."""
    size = model.vocabulary.size
    batch = graph.Shape(contexts, start=0, end=1)
    history = graph.Expand(_int32([0]), batch)  # the empty one
    probabilities = graph.Expand(torch.full((1, size), 1 / size), graph.Concat(batch, [size], axis=0))
    shorter_histories = 1
    for length, order in enumerate(model.orders):
        if not len(order.keys):  # no name is as long
            break
        if length:
            history = _one_older(graph, order, (shorter_histories, size), history, _token_back(graph, contexts, length))
        probabilities = _mixed(graph, order, history, probabilities)
        shorter_histories = len(order.keys)
    return graph.Log(probabilities)


def _one_older(graph: Graph, order: NgramOrder, shape: tuple[int, int], history: Value, token: Value) -> Value:
    """The histories with this older token, or one past the end; `shape`: numbers of shorter histories and of tokens."""
    keys, (shorter_histories, size) = order.keys.long(), shape
    starts = torch.searchsorted(keys, torch.arange(shorter_histories + 2) * size)
    places, inside, width = _neighbours(graph, starts, history)
    found = graph.Cast(graph.Gather(_padded((keys % size).int(), width), places), to=INT64)
    seen = graph.And(graph.Equal(found, graph.Unsqueeze(token, [1])), inside)
    return graph.ReduceMin(graph.Where(seen, places, _int32([len(keys)])), [1], keepdims=0)


def _mixed(graph: Graph, order: NgramOrder, history: Value, probabilities: Value) -> Value:
    """p(w | h) = (c(hw) - D) / c(h·) + γ(h) p(w | h')."""
    end = order.ends.long()[-1:]
    starts = torch.cat([order.starts, end, end])  # after an unseen history nothing was seen,
    backoff = torch.cat([order.backoff, torch.ones(1)])  # and γ is 1
    places, inside, width = _neighbours(graph, starts, history)
    tokens = graph.Cast(graph.Gather(_padded(order.followers, width), places), to=INT64)
    shares = graph.Where(inside, graph.Gather(_padded(order.shares, width), places), [0.0])
    rest = graph.Mul(probabilities, graph.Unsqueeze(graph.Gather(backoff, history), [1]))
    return graph.ScatterElements(rest, tokens, shares, axis=1, reduction="add")


def _neighbours(graph: Graph, starts: Int64[Tensor, " n"], history: Value) -> tuple[Value, Value, int]:
    """The places from where each history's neighbours start, which of them are its own, and how many places."""
    width = int(starts.diff().max())
    start = graph.Unsqueeze(graph.Gather(starts.int(), history), [1])
    end = graph.Unsqueeze(graph.Gather(starts[1:].int(), history), [1])
    places = graph.Add(start, _int32([*range(width)]))
    return places, graph.Less(places, end), width


def _padded(values: Tensor, width: int) -> Tensor:
    """Values with zeros after them, so that the places of the last neighbours may run past the end."""
    return torch.cat([values, values.new_zeros(width)])


def _int32(numbers: list[int]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.int32)


def _token_back(graph: Graph, contexts: Value, back: int) -> Value:
    """The token this many places back; 1 is the newest."""
    return graph.Gather(contexts, torch.tensor(-back), axis=1)


@logits_of.register
def _blend(model: Blend, graph: Graph, contexts: Value) -> Value:
    """ln Σ wᵢ pᵢ over the members, each in its own vocabulary."""
    logs = []
    for member, weight in zip(model.models, model.weights.log(), strict=True):
        translation = Translation(model.vocabulary, member.vocabulary)
        newest = graph.Slice(contexts, [-member.context_size], [sys.maxsize], [1])
        inner = graph.LogSoftmax(logits_of(member, graph, _inwards(graph, translation, newest)), axis=1)
        logs.append(graph.Unsqueeze(graph.Add(_outwards(graph, translation, inner), weight), [0]))
    return graph.ReduceLogSumExp(graph.Concat(*logs, axis=0), [0], keepdims=0)


def _inwards(graph: Graph, translation: Translation, contexts: Value) -> Value:
    """Contexts in the member's tokens; what stands up to an unknown character becomes the boundary."""
    if translation.same:
        return contexts
    inner = graph.Gather(translation.inner_of, contexts)
    unknown = graph.Cast(graph.Less(inner, [0]), to=INT64)
    unknown_from_here = graph.CumSum(unknown, torch.tensor(1), reverse=1)
    return graph.Where(graph.Equal(unknown_from_here, [0]), inner, [BOUNDARY])


def _outwards(graph: Graph, translation: Translation, logs: Value) -> Value:
    """A member's log-probabilities in the blend's tokens; a token that it lacks gets the least of them."""
    if translation.same:
        return logs
    with_least = graph.Concat(logs, graph.ReduceMin(logs, [1], keepdims=1), axis=1)
    spread = graph.Gather(with_least, translation.inner_of, axis=1)  # -1 is the last: the least
    return graph.LogSoftmax(spread, axis=1)
