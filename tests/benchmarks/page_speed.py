"""How long the page that learns takes for a pasted list, in Chromium where there is one with its driver."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import Row

import namegen
from namegen.corpus.split import choose_at_most
from namegen.export import write_learning_page

sys.path.append(str(Path(__file__).parents[1]))
from export_browser import Browser, start

SIZES = (100, 1000, 3000)
LEARN = """
const [text, done] = arguments, started = performance.now();
setOwn(text);
const wait = () => (results.get(OWN)?.isDone ? done((performance.now() - started) / 1000) : setTimeout(wait, 5));
wait();
"""


def page_speed(*, quick: bool) -> Iterator[Row]:
    """Seconds from the text in the box to names of the adapted network."""
    driver = start()
    if driver is None:
        return
    names = namegen.read_corpus("surnames").names
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.html"
        write_learning_page(path)
        browser = Browser(driver)
        driver.set_script_timeout(300)
        for size in SIZES[: 1 if quick else None]:
            browser.open(path, "seed=1&list=own")
            seconds = driver.execute_async_script(LEARN, choose_at_most(size, names).lines())
            yield {"what": f"the page learns {size:,} names", "value": seconds, "unit": "s"}
    driver.quit()
