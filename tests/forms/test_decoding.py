"""JSON into dataclasses, from many threads at once.

- Whichever threads decode a class first, and however many of them: each gets its value, and nobody dies.
- A kind has one decoder.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from forms.decoding import convert, decode, decoder

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own, because what it guards against ends the process: within ten classes or so where
# each thread asks msgspec itself.
FIRST_OF_ALL = """
import sys, threading
from dataclasses import make_dataclass
from forms.decoding import convert, decode
sys.setswitchinterval(1e-6)
begin, wrong = threading.Barrier(4), []
for _ in range(CLASSES):
    parts = [make_dataclass(f"Part{n}", [(f"text{m}", str) for m in range(8)]) for n in range(10)]
    whole = make_dataclass("Whole", [(f"part{n}", tuple[part, ...]) for n, part in enumerate(parts)])
    text = "{" + ",".join(f'"part{n}":[]' for n in range(10)) + "}"
    def ask(asked):
        begin.wait()
        if asked() != whole(*[()] * 10):
            wrong.append(whole)
    asked = [lambda: decode(text, whole), lambda: convert({f"part{n}": [] for n in range(10)}, whole)] * 2
    threads = [threading.Thread(target=ask, args=[each]) for each in asked]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
sys.exit(len(wrong))
"""


def test_many_threads_may_be_the_first_to_decode_a_class() -> None:
    program = FIRST_OF_ALL.replace("CLASSES", "40")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_kind_has_one_decoder() -> None:
    assert decoder(dict[str, int]) is decoder(dict[str, int])
    assert decode(b'{"taste":5}', dict[str, int]) == convert({"taste": 5}, dict[str, int]) == {"taste": 5}
