"""What the units of a hidden layer do: which are saturated or silent on which examples, and which are dead.

A unit that passes hardly any gradient learns nothing from an example; one that does so for every example never learns
again. Drawing the picture is the affair of `plots` (files) and of the command line (terminal).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor
from torch.nn import functional as F

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.errors import UsageError
from namegen.evaluation.surprisal import are_known
from namegen.models import MLP, NameModel
from namegen.plotting.data import member_of

SATURATED = 0.99  # |tanh| beyond this passes hardly any gradient
SILENT = 0.01  # a gelu that gives less than this, on the side that is cut off, passes hardly anything
BATCH = 512


@dataclass(frozen=True)
class Activations:
    """What the units of a hidden layer do on a batch of examples.

    `is_saturated[example][unit]`: for tanh |h| > 0.99; for gelu silent, |h| < 0.01 where the input is negative.
    `share` of all that is so; `dead` units are so for every example. `mean` is the mean |h|.
    """

    activation: str
    layer: int
    layers: int
    is_saturated: tuple[tuple[bool, ...], ...]
    share: float
    dead: tuple[int, ...]
    mean: float

    @property
    def title(self) -> str:
        """What the picture says, in a line."""
        how = "|tanh| > 0.99" if self.activation == "tanh" else "|gelu| < 0.01, input < 0"
        return f"hidden layer {self.layer}: {self.share:.1%} {self.state} ({how})"

    @property
    def state(self) -> str:
        """What the marked units are."""
        return "saturated" if self.activation == "tanh" else "silent"

    def dead_units(self, most: int = 12) -> str:
        """Which units are dead, by number from 1, and what share of all they are."""
        if not self.dead:
            return "no dead units"
        named = ", ".join(str(unit + 1) for unit in self.dead[:most])
        more = f" and {len(self.dead) - most:,} more" if len(self.dead) > most else ""
        return f"dead units: {len(self.dead):,} ({len(self.dead) / len(self.is_saturated[0]):.1%}): {named}{more}"


@torch.inference_mode()
def activations(
    model: NameModel,
    names: Iterable[str],
    layer: int = 1,
    examples: int = BATCH,
    seed: int = 0,
) -> Activations:
    """A hidden layer (from 1) of an MLP, or of the first in a blend, on examples chosen at random from names.

    Names with a character that the network does not know are left out. Raises `UsageError` for other families, for a
    layer that is not there, and where there are no examples.

    >>> import namegen
    >>> found = activations(namegen.train("irish", model="mlp", epochs=1, hidden_size=20).model, ["aoife", "bran"])
    >>> len(found.is_saturated), len(found.is_saturated[0]), found.state, found.dead
    (11, 20, 'silent', ())
    """
    network = member_of(model, MLP, "activations are what the mlp model has")
    layers = network.settings.hidden_layers
    if not 1 <= layer <= layers:
        raise UsageError(f"layer {layer} is not there: the number of hidden layers is {layers}. Change `layer`.")
    names = Names.of(names)
    usable = Examples(names.select(are_known(names, [network.vocabulary])), network.vocabulary, network.context_size)
    if not len(usable):
        raise UsageError(
            "no names to show activations on: the network does not know all their characters. Name another model."
        )
    chosen = torch.randperm(len(usable), generator=torch.Generator().manual_seed(seed))[:examples]
    contexts, _ = usable.batch(chosen)
    inputs, outputs = list(_hidden(network, contexts))[layer - 1]
    is_tanh = network.settings.activation == "tanh"
    is_saturated = outputs.abs() > SATURATED if is_tanh else (inputs < 0) & (outputs.abs() < SILENT)
    return Activations(
        network.settings.activation,
        layer,
        layers,
        tuple(tuple(row) for row in is_saturated.tolist()),
        float(is_saturated.float().mean()),
        tuple(is_saturated.all(0).nonzero().squeeze(1).tolist()),
        float(outputs.abs().mean()),
    )


def _hidden(network: MLP, contexts: Int64[Tensor, "batch context"]) -> Iterator[tuple[Tensor, Tensor]]:
    """What goes into the units of each hidden layer, and what comes out of them."""
    activate = torch.tanh if network.settings.activation == "tanh" else F.gelu
    x = network.embed(contexts)
    for layer, hidden in enumerate(network.hidden):
        inputs = hidden(x if layer == 0 else network.norms[layer - 1](x))
        outputs = activate(inputs)
        yield inputs, outputs
        x = outputs if layer == 0 else x + outputs
