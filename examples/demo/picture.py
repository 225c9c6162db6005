#!/usr/bin/env python3
"""Draws docs/images/demo.svg from what the program prints.

usage: picture.py [BINARY] > docs/images/demo.svg

Needs Python 3 alone. The picture is the same each time but for what is measured.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import unicodedata

COLUMNS = 116
CELL, LINE, SIZE = 8.4, 19, 14
LEFT, TOP = 22, 62
COLOURS = {
    "text": "#c9d1d9", "dim": "#6e7681", "prompt": "#7ee787", "command": "#ffffff", "good": "#7ee787",
    "bar": "#58a6ff", "name": "#d2a8ff", "head": "#79c0ff",
}
BARS = " ▏▎▍▌▋▊▉█"
STEPS = " ▁▂▃▄▅▆▇█"


def run(binary, *args):
    environment = dict(os.environ, COLUMNS=str(COLUMNS), LC_ALL="C.UTF-8")
    done = subprocess.run([binary, *args], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return done.stdout.decode().splitlines()


def wide(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def transcript(binary):
    """Lines of (text, kind)."""
    lines = []

    def show(kind, command, keep=lambda line: True):
        printed = run(binary, *command.split())
        lines.append(("milvus-ingest " + command, "command"))
        while printed and not printed[-1]:
            printed.pop()
        lines.extend((line, kind) for line in printed if keep(line))
        lines.append(("", "text"))

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        knowledge = "generate --builtin knowledge_base --seed 42 --total-rows "
        show("table", knowledge + "4 --preview")
        show("text", knowledge + "10000 --out faq")
        show("report", "to-milvus insert faq --uri faq.db")
        show("report", "to-milvus verify faq --uri faq.db --level full")
        show("table", "benchmark faq --uri faq.db --concurrency 1,4 --duration 3s")
        os.chdir("/")
    # The database's place is a temporary folder, and a user's is not.
    return [part for line, kind in lines[:-1] for part in folded(line.replace(os.path.realpath(folder) + "/", "./"), kind)]


def folded(line, kind):
    """Cuts a line that is longer than the terminal is wide; the rest stands under its text."""
    if kind != "report" or len(line) <= COLUMNS:
        return [(line, kind)]
    label = re.match(r"[a-z]+ {2,}", line)
    return [(part, kind) for part in textwrap.wrap(line, COLUMNS, subsequent_indent=" " * label.end() if label else "")]


def runs(line, kind):
    """Cuts a line into (column, text, colour)."""
    if kind == "command":
        return [(0, "$", "prompt"), (2, line, "command")]
    colour = "text"
    if kind == "report" and re.match(r"equal after ", line):
        colour = "good"
    elif kind == "report" and (label := re.match(r"(rows|compared|fields|search) +", line)):
        rest = line[label.end():]
        return words(0, label.group(1), "name") + words(label.end(), rest, "text")
    elif kind == "table" and re.match(r"[a-z_]+ {2}|LOAD ", line):
        colour = "head"
    found, column, start, text = [], 0, 0, ""
    for character in line + "\0":
        special = character in BARS[1:] + STEPS[1:] + "─\0"
        doubled = wide(character) == 2
        if text and (special or doubled != (wide(text[0]) == 2)):
            found += words(start, text, colour)
            text = ""
        if character == "\0":
            break
        if special:
            found.append((column, character, "bar" if character != "─" else "dim"))
        else:
            start, text = (column if not text else start), text + character
        column += wide(character)
    return found


def words(column, text, colour):
    """Cuts a text where spaces follow each other: SVG would show one."""
    return [(column + m.start(), m.group(), colour) for m in re.finditer(r"\S+(?: \S+)*", text)] if wide(text[0]) == 1 else [
        (column, text, colour)]


def drawn(column, text, colour, y):
    x, fill = LEFT + column * CELL, COLOURS[colour]
    if text == "─":
        return f'<path d="M{x:.1f} {y - 5:.1f}h{CELL}" stroke="{fill}"/>'
    if text in BARS[1:]:
        width, top, height = CELL * BARS.index(text) / 8, y - 11, 12
        return f'<rect x="{x:.1f}" y="{top}" width="{width + 0.1:.2f}" height="{height}" fill="{fill}"/>'
    if text in STEPS[1:]:
        height = 14 * STEPS.index(text) / 8
        return f'<rect x="{x:.1f}" y="{y + 2 - height:.1f}" width="{CELL + 0.1:.2f}" height="{height:.1f}" fill="{fill}"/>'
    if wide(text[0]) == 2:
        places = " ".join(f"{x + 2 * CELL * i + (2 * CELL - SIZE) / 2:.1f}" for i in range(len(text)))
        return f'<text x="{places}" y="{y}" fill="{fill}">{text}</text>'
    length = f' textLength="{len(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs"' if len(text) > 1 else ""
    weight = ' font-weight="bold"' if colour == "good" else ""
    return f'<text x="{x:.1f}" y="{y}" fill="{fill}"{length}{weight}>{html.escape(text, quote=False)}</text>'


def svg(lines):
    width, height = round(2 * LEFT + COLUMNS * CELL), TOP + len(lines) * LINE
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    yield '<title>milvus-ingest makes ten thousand rows, brings them into Milvus Lite, verifies and searches them</title>'
    yield f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="10" fill="#0d1117" stroke="#30363d"/>'
    for i, colour in enumerate(("#ff5f56", "#ffbd2e", "#27c93f")):
        yield f'<circle cx="{24 + 20 * i}" cy="22" r="6" fill="{colour}"/>'
    fonts = "ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace"
    yield f'<g font-family="{fonts}" font-size="{SIZE}">'
    for number, (line, kind) in enumerate(lines):
        for column, text, colour in runs(line, kind):
            yield drawn(column, text, colour, TOP + number * LINE)
    yield "</g>"
    yield "</svg>"


def main():
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "bin/milvus-ingest")
    print("\n".join(svg(transcript(binary))))


if __name__ == "__main__":
    main()
