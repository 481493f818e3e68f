"""The JavaScript module: what it exports draws names as the page does. It runs in V8."""

import base64
import functools
import json
import re
import threading
import zlib
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from export_models import model_of
from py_mini_racer import MiniRacer

import namegen
from namegen.errors import UsageError
from namegen.export import write_export
from namegen.export.page import module_of

README = Path(__file__).parent.parent / "namegen/export/README.md"


class Module:
    """A module in V8, which has neither `import` nor streams: its bytes are inflated here."""

    def __init__(self, text):
        packed = zlib.decompress(base64.b64decode(re.search('const PACKED = "(.*)"', text)[1]), wbits=-zlib.MAX_WBITS)
        self.engine = MiniRacer()
        letters = json.dumps(packed.decode("latin-1"))
        self.engine.eval(f"const given = Uint8Array.from({letters}, (c) => c.charCodeAt(0)).buffer;")
        self.engine.eval(text.replace("await inflated(PACKED)", "given").replace("export function", "function"))

    def __call__(self, expression):
        return json.loads(self.engine.eval(f"JSON.stringify({expression})"))


@pytest.fixture(scope="module")
def text():
    return module_of(namegen.open_model("irish")).text


@pytest.fixture(scope="module")
def irish(text):
    return Module(text)


def test_a_module_of_a_bundled_list_has_at_most_a_megabyte(text):
    assert len(text) <= 1 << 20


def test_names_are_seeded_new_and_meet_the_constraints(irish):
    names = irish("sample(20, { seed: 7, start: 'Mu', contains: 'r', max: 9 })")
    assert names == irish("sample(20, { seed: 7, start: 'Mu', contains: 'r', max: 9 })")
    assert len(set(names)) == 20
    known = set(namegen.read_corpus("irish").names)
    assert all(n.startswith("Mu") and "r" in n and len(n) <= 9 and n.lower() not in known for n in names)
    assert irish("sample(3, { case: 'upper', seed: 1 })") == [n.upper() for n in irish("sample(3, { seed: 1 })")]


def test_a_site_imports_the_module_and_gets_the_names_of_v8(text, irish, browser, tmp_path, monkeypatch):
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    (tmp_path / "names.js").write_text(text, "utf-8")
    script = 'import { sample } from "./names.js"; window.names = sample(10, { seed: 7, end: "n" });'
    (tmp_path / "index.html").write_text(f'<link rel="icon" href="data:,"><script type="module">{script}</script>')
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        browser.driver.get(f"http://127.0.0.1:{site.server_port}/index.html")
        browser.until(lambda: browser.run("return window.names"), "the module gave names")
        names = browser.run("return window.names")
        site.shutdown()
    assert names == irish("sample(10, { seed: 7, end: 'n' })")


def test_names_like_one_are_the_most_similar_of_many(irish):
    names = irish("sample(1000, { seed: 7 })")
    order = irish(f"sampler.mostLike('brian', {json.dumps([name.lower() for name in names])})")
    assert irish("sample(5, { seed: 7, like: 'Brian' })") == [name.title() for name in order[:5]]
    distances = [irish(f"sampler.likeness({json.dumps(name)}, 'brian')") for name in (order[0], order[4], order[-1])]
    assert distances[0] >= distances[1] > distances[2]


def test_names_that_are_never_to_come_do_not(irish):
    names = irish("sample(20, { seed: 7 })")
    others = irish(f"sample(20, {{ seed: 7, never: '{names[0].upper()}, *{names[1][1:3]}*' }})")
    assert names[0] not in others
    assert not [name for name in others if names[1][1:3] in name.lower()]


def test_the_example_of_the_document_runs(irish):
    (example,) = re.findall("```js\n(.*?)```", README.read_text("utf-8"), re.S)
    body = "\n".join(line for line in example.splitlines() if not line.startswith("import "))
    said = irish(
        f"((console) => {{ const said = []; console.log = (x) => said.push(x); {body}\n return said; }})({{}})"
    )
    assert len(said) == example.count("console.log")
    assert len(said[0]) == 5


def test_several_models_become_one_module_or_page_and_no_other_file(tmp_path):
    models = [model_of("bigram"), model_of("ngram")]
    assert len(Module(module_of(*models).text)("sample(5, { seed: 1 })")) == 5
    write_export(models[0], tmp_path / "names.js", models[1])
    with pytest.raises(UsageError, match="holds one model, not 2"):
        write_export(models[0], tmp_path / "names.onnx", models[1])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("sample({ n: 3 })", "count: must be an integer, 0 or more."),
        ("sample(3, { startsWith: 'V' })", "startsWith: is not a constraint. Choose from: seed, start, "),
        ("sample(3, { start: 5 })", "start: must be a string."),
        ("sample(3, { never: ['anna'] })", "never: must be a string."),
        ("sample(3, { temperature: NaN })", "temperature: must be from 0.01 to 100."),
        ("sample(3, { case: 'keep' })", "case: must be title, upper or lower."),
        ("sample(1, { start: '9' })", "start: No name on the list contains “9”."),
        ("sample(1, { end: 'zzz' })", "end: Names like these hardly ever end so. Change it, or loosen the other sett"),
    ],
)
def test_what_is_not_a_constraint_or_cannot_be_met_is_an_error_in_words(irish, call, said):
    found = irish(f"(() => {{ try {{ {call} }} catch (error) {{ return [error.name, error.message] }} }})()")
    assert found[0] == "RangeError"
    assert found[1].startswith(said)


def test_a_character_that_no_name_contains_is_endlessly_surprising(irish):
    assert irish("surprisal('a😀').map((nats) => nats === Infinity)") == [False, True, False]
