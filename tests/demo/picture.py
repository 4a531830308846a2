#!/usr/bin/env python3
"""Makes the picture of a rollout: runs it in a terminal, and writes what the terminal shows as an SVG.

    picture.py DEMO SVG

DEMO is the program of `make demo`. The SVG is an animation in CSS. It shows its last frame where nothing is animated, has the
colors of a light or of a dark page, and loads nothing.
"""

import os
import pty
import select
import struct
import sys
import termios
import fcntl
import time
from html import escape

import pyte

COLUMNS, ROWS = 80, 26
CELL, LINE, MARGIN = 8.4, 18, 16  # in pixels; a character of 14 pixels in the usual fonts
LONGEST, LAST = 1.2, 8.0  # seconds that a frame is shown at most, and the last one

# What the terminal shows: the second deployment of the tutorial. The first one is made before, unseen.
SCRIPT = r"""
{
    mkdir simple-todo && cd simple-todo && git init --quiet --initial-branch=master
    printf 'FROM scratch\nCOPY hello.txt /\n' > Dockerfile
    echo 1 > hello.txt; git add . && git commit --quiet --message 1
    export IMAGE_NAME=simple-todo REMOTE_IMAGE_URL=$REPOSITORY AWS_REGION=eu-central-1 DEPLOY_BRANCHES=master
    export ECS_CLUSTER_MASTER=simple-todo-master ECS_SERVICE_MASTER=simple-todo
    ecs-host run
    echo 2 > hello.txt; git commit --quiet --all --message 2
} > /dev/null 2>&1
printf '\033[2J\033[H$ '; sleep 1; printf 'ecs-host run\n'; ecs-host run --poll 0.3
printf '$ '; sleep 1; printf 'ecs-host status simple-todo-master\n'; ecs-host status simple-todo-master
"""

# Light, then dark. The names are those of pyte.
COLORS = {
    "default": ("#1f2328", "#e6edf3"), "background": ("#ffffff", "#0d1117"), "border": ("#d0d7de", "#30363d"),
    "black": ("#6e7781", "#8b949e"), "red": ("#b3212d", "#ff7b72"), "green": ("#116329", "#56d364"),
    "brown": ("#7d4e00", "#e3b341"), "blue": ("#0550ae", "#79c0ff"), "magenta": ("#8250df", "#d2a8ff"),
    "cyan": ("#1b6c85", "#56d4dd"), "white": ("#57606a", "#b1bac4"),
}


def record(demo):
    """Runs the script, and returns the screens with the times at which they were shown."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", LANG="C.UTF-8")
        os.execv(demo, [demo, "shell", "sh", "-c", SCRIPT])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    frames = []
    while True:
        if not select.select([terminal], [], [], 120)[0]:
            sys.exit("the demo shows nothing for two minutes")
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            data = b""
        if not data:
            break
        stream.feed(data)
        shown = snapshot(screen)
        # What is drawn in parts is one frame.
        if frames and time.monotonic() - frames[-1][0] < 0.05:
            frames[-1] = (frames[-1][0], shown)
        elif not frames or frames[-1][1] != shown:
            frames.append((time.monotonic(), shown))
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        sys.exit("the demo failed")
    # From the first prompt on, up to the end of the demo's own work.
    start = next(at for at, (_, shown) in enumerate(frames) if shown[0] and shown[0][0][1].startswith("$"))
    return frames[start:]


def snapshot(screen):
    """The lines of a screen, each as segments: column, text, style."""
    lines = []
    for row in range(ROWS):
        segments = []
        for column in range(COLUMNS):
            cell = screen.buffer[row][column]
            style = (cell.fg if cell.fg in COLORS else "default", cell.bold)
            if segments and segments[-1][2] == style and segments[-1][0] + len(segments[-1][1]) == column:
                segments[-1][1] += cell.data
            elif cell.data.strip():
                segments.append([column, cell.data, style])
        lines.append(tuple((column, text.rstrip(), style) for column, text, style in segments))
    return tuple(lines)


def draw(frames):
    lines, groups, rules = {}, [], []
    times = [min(after[0] - before[0], LONGEST) for before, after in zip(frames, frames[1:])] + [LAST]
    total, start = sum(times), 0.0
    for number, ((_, shown), seconds) in enumerate(zip(frames, times)):
        uses = []
        for row, line in enumerate(shown):
            if line:
                name = lines.setdefault(line, f"l{len(lines)}")
                uses.append(f'<use href="#{name}" y="{MARGIN + row * LINE}"/>')
        is_last = number == len(frames) - 1
        groups.append(f'<g class="frame{" last" if is_last else ""}" id="f{number}">{"".join(uses)}</g>')
        # A frame is shown from its start to its end, and hidden before and after.
        begin, end = 100 * start / total, 100 * (start + seconds) / total
        steps = f"0%{{visibility:{'visible' if begin == 0 else 'hidden'}}}"
        if begin > 0:
            steps += f"{begin:.3f}%{{visibility:visible}}"
        steps += f"{end:.3f}%{{visibility:{'visible' if is_last else 'hidden'}}}"
        rules.append(f"@keyframes k{number}{{{steps}}}#f{number}{{animation-name:k{number}}}")
        start += seconds
    used = {style[0] for line in lines for _, _, style in line} | {"default", "background", "border"}
    scheme = lambda which: "".join(f"--{name}:{COLORS[name][which]};" for name in sorted(used))
    fills = "".join(f".{name}{{fill:var(--{name})}}" for name in sorted(used - {"background", "border"}))
    defs = "".join(
        f'<g id="{name}">' + "".join(
            f'<text class="{style[0]}{" b" if style[1] else ""}" x="{MARGIN + column * CELL:.1f}" y="14" '
            f'textLength="{len(text) * CELL:.1f}">{escape(text)}</text>' for column, text, style in line
        ) + "</g>\n" for line, name in lines.items()
    )
    width, height = 2 * MARGIN + COLUMNS * CELL, 2 * MARGIN + ROWS * LINE
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">
<title>A rollout that fails: ECS rolls it back, and ecs-host states why and what runs</title>
<style>
svg{{{scheme(0)}font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}}
@media (prefers-color-scheme:dark){{svg{{{scheme(1)}}}}}
text{{white-space:pre}}.b{{font-weight:bold}}{fills}
.frame{{visibility:hidden;animation:{total:.2f}s step-end infinite}}.last{{visibility:visible}}
{"".join(rules)}
@media (prefers-reduced-motion:reduce){{.frame{{animation:none!important}}}}
</style>
<defs>
{defs}</defs>
<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="var(--background)" stroke="var(--border)"/>
{chr(10).join(groups)}
</svg>
"""


if __name__ == "__main__":
    program, svg = sys.argv[1:]
    recorded = record(program)
    text = draw(recorded)
    with open(svg, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{svg}: {len(recorded)} frames, {len(text.encode()):,} bytes")
