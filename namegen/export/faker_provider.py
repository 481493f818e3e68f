"""Names as test data: a provider for Faker (the extra `faker`)."""

from typing import Any

from namegen.api import TrainedModel
from namegen.errors import NamegenError

POOL = 1000  # names, as many as the lists of Faker have


def provider(trained: TrainedModel, method: str, *, n: int = POOL, **settings: Any) -> type[Any]:
    """A provider whose method gives one of n new names, by Faker's own seed; `settings` are those of `sample`.

    Raises `NamegenError` without Faker, and what `sample` raises.

        fake = faker.Faker()
        fake.add_provider(provider(namegen.open_model("irish"), "irish_name"))
        fake.irish_name()
    """
    try:
        from faker.providers import BaseProvider  # noqa: PLC0415 (an extra)
    except ImportError:
        raise NamegenError("A provider needs Faker. Install it: pip install 'namegen-torch[faker]'.") from None
    names = trained.sample(n, **settings)
    return type("NameProvider", (BaseProvider,), {method: lambda self: self.random_element(names)})
