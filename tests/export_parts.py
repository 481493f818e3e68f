"""What is inside a page, for its tests: its elements, and its script, which runs in V8."""

import base64
import json
import zlib
from html.parser import HTMLParser

from py_mini_racer import MiniRacer


class Parsed(HTMLParser):
    """The elements of a page, with their attributes, and the text within each kind."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def attributes(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


class InV8:
    """The library of a page, with what the page carries: `content`, and a `sampler` of its models."""

    def __init__(self, page):
        model, library, _script = Parsed(page.text).texts["script"]
        packed = zlib.decompress(base64.b64decode(model), wbits=-zlib.MAX_WBITS)
        self.engine = MiniRacer()
        self.engine.eval(library)
        letters = json.dumps(packed.decode("latin-1"))
        self.engine.eval(f"const bytes = Uint8Array.from({letters}, (c) => c.charCodeAt(0)).buffer;")
        self.engine.eval("const content = opened(unpack(bytes));")
        self.engine.eval("const sampler = content.models.length ? new Sampler(content.models, content.minP) : null;")

    def __call__(self, expression):
        return json.loads(self.engine.eval(f"JSON.stringify({expression})"))

    def draw(self, tries, **constraints):
        """So many samples; None where one was rejected."""
        return self(f"((draws) => Array.from({{length: {tries}}}, () => draws.next().value))"
                    f"(sampler.draw({json.dumps({'seed': 1} | constraints)}))")  # fmt: skip
