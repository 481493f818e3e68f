"""The page that learns, given lists and links from strangers: strange pasted lists in V8, mutated links in Chromium."""

import json
import random
import unicodedata
from functools import partial
from pathlib import Path

from export_browser import Browser, start
from export_parts import InV8

from namegen.corpus.packed_names import Names, control_character
from namegen.export import write_learning_page
from namegen.export.page import Page, learning_page
from namegen.settings import MAX_NAME_LENGTH
from torture.campaign import Results
from torture.lists import GOOD, PIECES, mutated

LEARNED_EVERY = 50  # so many lists, one is learned by the network too
MOST_NAMES = 20_000
SEPARATORS = ("\n", "\n", "\n", ",", ", ", ";", "\t", ",\n", '"', '","', "\r\n")
MINE = ("Zoë", "Anaïs", "Noé", "Jade", "Louise", "Emma", "Alice", "Rose", "Anna", "Mila", "Inès", "Léna", "Sarah")
ODD = ("<img src=x onerror=intruder=1>", "%00", "%FF", "\u202e", "9" * 400, "&list=own", "&own=" + "A" * 99, "&never=*")
LINK = "start=a&end=b&max=9&temperature=1.2&raw=1&case=upper&like=x&distance=2&never=anna%0A*b*&contains=c&count=9"


def strange_text(rng: random.Random) -> str:
    """A text as someone may paste it."""
    if rng.random() < 0.4:
        return mutated(rng)[:200_000].decode("utf-8", "replace")
    pieces = rng.choices(GOOD if rng.random() < 0.5 else PIECES, k=rng.choice([0, 1, 2, 5, 30, 300]))
    separator = rng.choice(SEPARATORS)
    return separator.join(piece + rng.choice(["", "", " ", separator]) for piece in pieces)


def check_text(page: InV8, text: str, *, with_network: bool) -> str:
    """Have a text learned, and names drawn from it. Returns what became of it."""
    network = "content.network" if with_network else "{ characters: '' }"
    given = f"{{ network: {network}, list: {{ text: {json.dumps(text)} }} }}"
    page(f"(learn({given}, (message) => {{ globalThis.last = message; }}), 1)")
    error, notes = page("[last.error ?? null, last.notes ?? []]")
    assert all("\n" not in said for said in [error or "", *notes])
    if error:
        return "refused"
    names = page("last.learned.known.names")
    assert 1 < len(names) <= MOST_NAMES
    assert len(set(Names.of(names).folded())) == len(names)
    for name in names:
        assert 0 < len(name) <= MAX_NAME_LENGTH
        assert name == name.strip() == unicodedata.normalize("NFC", name)
        assert control_character(name) is None
    drawn = page("((d) => Array.from({ length: 30 }, () => d.next().value))"
                 "(new Sampler([last.learned], content.minP).draw({ seed: 1 }))")  # fmt: skip
    drawn = [name for name in drawn if name]
    assert len(set(drawn)) == len(drawn)
    assert not {*Names.of(drawn).folded()} & {*Names.of(names).folded()}
    return "learned"


def pasted_lists(number: int, seed: int, folder: Path, page: Page | None = None) -> tuple[str, list[str]]:
    """Strange pasted lists. Returns what happened in one line, and the failures."""
    in_v8 = InV8(page or learning_page())
    results = Results()
    for place in range(number):
        text = strange_text(random.Random(f"{seed} {place}"))
        with_network = place % LEARNED_EVERY == LEARNED_EVERY - 1
        results.take(f"{place} ({text[:60]!r})", partial(check_text, in_v8, text, with_network=with_network))
    return results.told(number, "pasted lists")


def mutated_link(link: str, rng: random.Random) -> str:
    """A link with something inserted, cut off or left out."""
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.randrange(len(link))
        before, after = link[:place], link[place:]
        link = rng.choice([before + rng.choice(ODD) + after, before, before + after[rng.randrange(30) :]]) or "#"
    return link


LINK_OF_LIST = """
const [text, done] = arguments;
ownText = text;
packOwn().then(() => done(`#seed=7&list=own,irish&own=${ownInAddress[1]}`));
"""
OPEN_LINKS = """
const [links, done] = arguments, failures = [];
const open = async (link) => {
  const began = performance.now();
  await readAddress(link);
  if (document.scripts.length !== 3 || document.images.length || window.intruder) failures.push(`markup: ${link}`);
  if (ownText.length > MOST_INFLATED || chosen.length > MOST_CHOSEN) failures.push(`size: ${link}`);
  chosen = ["irish"]; // which is learned
  useResults();
  await new Promise((resolve) => setTimeout(resolve));
  if (location.hash.length > 4 * MOST_ADDRESS) failures.push(`address: ${link}`);
  if (performance.now() - began > 20000) failures.push(`time: ${link}`);
};
window.start = () => {}; // to learn each would take long; strange lists are another campaign
(async () => {
  for (const link of links) await open(link).catch((error) => failures.push(`${error}: ${link}`));
  done(failures);
})();
"""


def check_links(browser: Browser, path: Path, number: int, seed: int) -> list[str]:
    """Open mutated links of a page with a pasted list, and look at what each did. Returns the failures."""
    browser.open(path, "seed=7&list=irish")
    browser.until(lambda: browser.run("return results.get('irish')?.isDone"), "the list is learned")
    link = browser.driver.execute_async_script(LINK_OF_LIST, "\n".join(MINE))
    rng = random.Random(seed)
    links = [mutated_link(f"{link}&{LINK}", rng) for _ in range(number)]
    parts = [links[start : start + 20] for start in range(0, number, 20)]  # none takes longer than the driver waits
    return [failure[:400] for part in parts for failure in browser.driver.execute_async_script(OPEN_LINKS, part)]


def mutated_links(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Mutated links in Chromium. Returns what happened in one line, and the failures."""
    driver = start()
    if driver is None:
        return "left out: no Chromium with its driver", []
    driver.set_script_timeout(600)
    path = folder / "names.html"
    write_learning_page(path)
    try:
        return f"{number:,} mutated links", check_links(Browser(driver), path, number, seed)
    finally:
        driver.quit()
