#!/usr/bin/env python3
"""Measures the real program in a pseudo-terminal: start, a long record, idle cost, memory, latency, probes.

Prints a table and asserts nothing: numbers depend on the machine, so what is said of them is said
side by side with another program on the same machine at the same time where there is one. Needs a
release build and Python's standard library; talks to loopback only; every part ends by itself.

    cargo build --release
    python3 benches/measure.py                      # everything, in about three minutes
    python3 benches/measure.py --only start,keys    # some of it
    python3 benches/measure.py --probe-cost         # a probe against a bare reqwest loop
"""

import argparse
import asyncio
import codecs
import contextlib
import fcntl
import hashlib
import json
import multiprocessing
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKS = os.sysconf("SC_CLK_TCK")
BODY = json.dumps({
    "status": "healthy",
    "queue": 7,
    "providers": {name: {"status": "healthy", "latencyMs": 42} for name in ("stripe", "database", "mail", "search")},
    "version": "1.42.0",
}).encode()


# The target: as little HTTP as a client accepts, so that it can answer many times a second.

class Target(asyncio.Protocol):
    """Answers every request on a kept connection at once, and counts it."""

    answer = (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)) + BODY
    count = None

    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.rest += data
        asked = self.rest.count(b"\r\n\r\n")
        if asked:
            self.rest = self.rest[self.rest.rfind(b"\r\n\r\n") + 4:]
            Target.count.value += asked
            self.transport.write(self.answer * asked)


def serve(listening, count):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Target.count = count

    async def run():
        server = await asyncio.get_running_loop().create_server(Target, sock=listening, backlog=4096)
        await server.serve_forever()

    asyncio.run(run())


class Server:
    """The target in a process of its own."""

    def __enter__(self):
        listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.base = "http://127.0.0.1:%d" % listening.getsockname()[1]
        self.count = multiprocessing.Value("Q", 0, lock=False)
        self.process = multiprocessing.Process(target=serve, args=(listening, self.count), daemon=True)
        self.process.start()
        listening.close()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()


# The terminal: what a screen shows, and answers to what programs ask of it.

class Grid:
    """What stands on a screen, as far as cursor moves and text tell."""

    SEQUENCE = re.compile(r"\x1b\[([?>=]?)([0-9;:]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\|\x1b[^\[\]P_^]")

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.x = self.y = 0
        self.rest = ""

    def feed(self, text):
        text, at = self.rest + text, 0
        self.rest = ""
        while at < len(text):
            if text[at] == "\x1b":
                found = self.SEQUENCE.match(text, at)
                if not found:
                    self.rest = text[at:]
                    return
                self.obey(found)
                at = found.end()
                continue
            end = text.find("\x1b", at)
            end = len(text) if end < 0 else end
            self.write(text[at:end])
            at = end

    def obey(self, found):
        end = found.group(3)
        numbers = [int(n) if n.isdigit() else 0 for n in (found.group(2) or "").split(";")]
        if end in ("H", "f"):
            self.y = max(numbers[0], 1) - 1
            self.x = (max(numbers[1], 1) if len(numbers) > 1 else 1) - 1
        elif end == "J":
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
        elif end and end in "ABCD":
            by = max(numbers[0], 1)
            dx, dy = {"A": (0, -by), "B": (0, by), "C": (by, 0), "D": (-by, 0)}[end]
            self.x, self.y = self.x + dx, self.y + dy

    def write(self, text):
        for char in text:
            if char == "\r":
                self.x = 0
            elif char == "\n":
                self.y += 1
            elif char >= " " and 0 <= self.y < self.rows and 0 <= self.x < self.columns:
                self.cells[self.y][self.x] = char
                self.x += 1

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def row_of(self, text):
        """The first row that holds `text`, or None."""
        return next((at for at, line in enumerate(self.lines()) if text in line), None)


ANSWERS = [
    (re.compile(rb"\x1b\]10;\?(?:\x07|\x1b\\)"), b"\x1b]10;rgb:dddd/dddd/dddd\x1b\\"),
    (re.compile(rb"\x1b\]11;\?(?:\x07|\x1b\\)"), b"\x1b]11;rgb:1111/1111/1111\x1b\\"),
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
]


class Terminal:
    """A program in a pseudo-terminal, whose output is read as it comes."""

    def __init__(self, argv, home, size=(80, 24), draws=True):
        self.grid = Grid(*size) if draws else None
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.bytes = 0
        self.changed = threading.Condition()
        self.seen_at = 0.0
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": home, "MIDWATCH_HOME": os.path.join(home, "midwatch"),
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "USER": "ann", "TMPDIR": home,
        }

        def own_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=home, start_new_session=True,
            preexec_fn=own_terminal, close_fds=True,
        )
        os.close(slave)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        tail = b""
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            at = time.perf_counter()
            if not data:
                return
            asked = tail + data
            for question, answer in ANSWERS:
                for _ in question.finditer(asked):
                    os.write(self.master, answer)
            tail = b"" if any(question.search(asked) for question, _ in ANSWERS) else asked[-16:]
            with self.changed:
                self.bytes += len(data)
                self.seen_at = at
                if self.grid:
                    self.grid.feed(self.decoder.decode(data))
                self.changed.notify_all()

    def wait(self, holds, timeout):
        """When what was read last made `holds` true, or None."""
        end = time.perf_counter() + timeout
        with self.changed:
            while not holds(self.grid):
                left = end - time.perf_counter()
                if left <= 0 or self.process.poll() is not None:
                    return None
                self.changed.wait(left)
            return self.seen_at

    def press(self, keys):
        at = time.perf_counter()
        os.write(self.master, keys)
        return at

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        try:
            os.close(self.master)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# What the kernel knows of a process.

def cpu_seconds(pid):
    """User and system time of the whole process, threads included."""
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def fine_cpu_seconds(pid):
    """The same in nanoseconds where the kernel keeps it: a tick is long beside an idle console."""
    total = 0
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as file:
                total += int(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return cpu_seconds(pid)
    return total / 1e9 if total else cpu_seconds(pid)


def switches(pid):
    """Times any thread of the process was woken."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as file:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M).group(1))
    return total


def resident(pid):
    with open("/proc/%d/status" % pid) as file:
        text = file.read()
    return tuple(int(re.search(r"^%s:\s+(\d+)" % name, text, re.M).group(1)) / 1024 for name in ("VmRSS", "VmHWM"))


# The parts.

def look(binary, home):
    """Says that the configuration in `home` was looked at, as a script does."""
    with open(os.path.join(home, "midwatch.toml"), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    env = {"PATH": os.environ.get("PATH", ""), "HOME": home, "MIDWATCH_HOME": os.path.join(home, "midwatch"), "USER": "ann"}
    subprocess.run([binary, "look", "--hash", digest], cwd=home, env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, measured, target="", note=""):
        self.rows.append((what, measured, target, note))
        print("  %-50s %-26s %-12s %s" % (what, measured, target, note), flush=True)


def configuration(home, base, signals, every, extra="", ok="status == 200"):
    path = os.path.join(home, "midwatch.toml")
    with open(path, "w") as file:
        file.write('[console]\nname = "measured"\nenvironment = "staging"\n')
        for n in range(signals):
            file.write('[[health]]\nname = "t%04d"\nurl = "%s/t/%d"\nevery = "%s"\ntimeout = "3s"\nok = "%s"\n%s\n'
                       % (n, base, n, every, ok, extra))
    return path


def ready(grid):
    return grid.row_of("MIDWATCH") == 0 and grid.row_of("Health") is not None


def opened(terminal, timeout=10):
    at = terminal.wait(ready, timeout)
    if at is None:
        raise SystemExit("no frame came: %s" % "\n".join(terminal.grid.lines()[:4]))
    return at


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * q))]


def milliseconds(values):
    return "%.1f median, %.1f least ms" % (statistics.median(values) * 1e3, min(values) * 1e3)


def start(options, table):
    with Server() as server:
        for what, arguments in (("start to first frame, 10 signals", []), ("start to first frame, demo quiet", ["demo", "quiet"])):
            took = []
            for _ in range(options.starts + 1):
                with tempfile.TemporaryDirectory() as home:
                    configuration(home, server.base, 10, "10s")
                    look(options.binary, home)
                    with Terminal([options.binary, *arguments], home) as terminal:
                        took.append(opened(terminal) - terminal.started)
            # The first run warms the cache.
            table.add(what, milliseconds(took[1:]), "50 ms", "of %d starts, a new journal each" % options.starts)
        took = []
        for _ in range(options.starts):
            began = time.perf_counter()
            subprocess.run([options.binary, "--version"], stdout=subprocess.DEVNULL, check=True)
            took.append(time.perf_counter() - began)
        table.add("for comparison: midwatch --version", milliseconds(took))


def written(path, facts):
    """A journal of so many facts, an incident in every 250, by the recipe in docs/journal.md."""
    entries, previous = [], "0" * 64
    for seq in range(1, facts + 1):
        incident = "INC-%d" % (seq // 250 + 1) if seq % 250 >= 50 else None
        at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_700_000_000 + seq * 300))
        signal = "t%04d" % (seq // 7 % 10)
        if seq % 250 == 50:
            fact = {"fact": "incident-declared", "incident": incident, "severity": "P1", "title": "checkout fails", "by": "ann"}
        elif seq % 250 == 249:
            fact = {"fact": "incident-closed", "incident": incident, "by": "ann", "summary": "mended"}
        elif seq % 5 == 0:
            fact = {"fact": "noted", "text": "the queue grows, and nobody knows why", "by": "ann", "about": at, "step": None}
        elif seq % 5 == 1:
            fact = {"fact": "walked", "step": {"runbook": "runbook.md", "step": "step-%d" % (seq % 25)}}
        else:
            up = seq % 2
            fact = {"fact": "settled", "signal": signal, "from": "down" if up else "ok", "to": "ok" if up else "down",
                    "reason": None if up else "status", "detail": "200" if up else "503", "since": at}
        body, kind = json.dumps(fact), fact["fact"]
        digest = hashlib.sha256()
        for field in (previous, str(seq), at, incident, kind, body):
            length = 2 ** 64 - 1 if field is None else len(field.encode())
            digest.update(struct.pack(">Q", length) + (field or "").encode())
        entries.append((seq, at, incident, kind, body, previous, digest.hexdigest()))
        previous = digest.hexdigest()
    with contextlib.closing(sqlite3.connect(path)) as journal, journal:
        journal.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", entries)
        journal.execute("UPDATE head SET seq = ?, hash = ?", (facts, previous))


def record(options, table):
    """The console, and commands, on a journal that a team has kept for years."""
    with Server() as server, tempfile.TemporaryDirectory() as home:
        configuration(home, server.base, 10, "10s")
        look(options.binary, home)
        path = os.path.join(home, "kept.journal")
        with Terminal([options.binary, "--journal", path], home) as terminal:
            opened(terminal)
        os.rename(path, path + ".new")
        for rest in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path + rest)
        with contextlib.closing(sqlite3.connect(path + ".new")) as journal, journal:
            journal.executescript("DROP TRIGGER entries_are_not_deleted; DELETE FROM entries")
            journal.execute("CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries "
                            "BEGIN SELECT RAISE(ABORT, 'the journal is append only: entries are not deleted'); END")
        os.rename(path + ".new", path)
        written(path, options.facts)
        took = []
        for _ in range(options.starts + 1):
            with Terminal([options.binary, "--journal", path], home) as terminal:
                took.append(opened(terminal, 30) - terminal.started)
        table.add("start to first frame, %d facts" % options.facts, milliseconds(took[1:]), "300 ms",
                  "%.0f MB on disk" % (os.path.getsize(path) / 1e6))
        for arguments in (["list"], ["stats"], ["verify"]):
            took = []
            for _ in range(options.starts):
                began = time.perf_counter()
                subprocess.run([options.binary, "incident", *arguments, "--journal", path], stdout=subprocess.DEVNULL, check=True)
                took.append(time.perf_counter() - began)
            table.add("midwatch incident %s, %d facts" % (arguments[0], options.facts), milliseconds(took))


def rival():
    for name, arguments in (("btop", []), ("btm", [])):
        if found := shutil.which(name):
            return name, [found, *arguments]
    return None


def idle(options, table):
    """The demo and, where there is one, a system monitor, at the same time in terminals of one size."""
    other = rival()
    size = (80, 24)
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as other_home:
        terminals = [("midwatch demo quiet", Terminal([options.binary, "demo", "quiet"], home, size))]
        try:
            opened(terminals[0][1])
            if other:
                terminals.append((other[0], Terminal(other[1], other_home, size, draws=False)))
            time.sleep(options.settle)
            before = [(cpu_seconds(t.process.pid), fine_cpu_seconds(t.process.pid), switches(t.process.pid), t.bytes)
                      for _, t in terminals]
            time.sleep(options.seconds)
            spent = []
            for (name, terminal), (cpu, fine, woken, sent) in zip(terminals, before):
                pid = terminal.process.pid
                used = fine_cpu_seconds(pid) - fine
                spent.append(used)
                table.add("idle CPU over %d s, %s" % (options.seconds, name),
                          "%.3f %% (%.2f s in ticks)" % (used / options.seconds * 100, cpu_seconds(pid) - cpu),
                          "", "%.1f wake-ups a second" % ((switches(pid) - woken) / options.seconds))
                table.add("bytes a second to the terminal, %s" % name, "%.0f B/s" % ((terminal.bytes - sent) / options.seconds),
                          "2 kB/s" if name.startswith("midwatch") else "")
                now, most = resident(pid)
                table.add("resident memory, %s" % name, "%.1f MB, %.1f at most" % (now, most),
                          "40 MB" if name.startswith("midwatch") else "")
            if other:
                table.add("idle CPU, ratio to %s" % other[0], "%.2f" % (spent[0] / max(spent[1], 1e-9)), "1.0")
            else:
                table.add("idle CPU, ratio", "no btop or btm here", "1.0")
        finally:
            for _, terminal in terminals:
                terminal.close()


def latency(terminal, count, chance):
    """Down and up in turn, at random moments: until the cursor stands on the other row."""
    took = []
    key, wanted = b"j", None
    lost = 0
    for _ in range(count):
        time.sleep(chance.uniform(0.08, 0.35))
        with terminal.changed:
            row = terminal.grid.row_of("▸")
        pressed = terminal.press(key)
        seen = terminal.wait(lambda grid: grid.row_of("▸") not in (row, wanted), 2)
        if seen is None:
            lost += 1
        else:
            took.append(seen - pressed)
        key = b"k" if key == b"j" else b"j"
    return took, lost


def keys(options, table):
    chance = random.Random(7)
    loads = [("idle: demo quiet", None, "2 ms"), ("1,000 signals every 10 s", (1000, "10s"), "33 ms"),
             ("400 probes a second", (2000, "5s"), "16 ms")]
    with Server() as server:
        for what, load, target in loads:
            with tempfile.TemporaryDirectory() as home:
                arguments = []
                if load:
                    configuration(home, server.base, *load)
                    look(options.binary, home)
                else:
                    arguments = ["demo", "quiet"]
                with Terminal([options.binary, *arguments], home, (120, 40)) as terminal:
                    opened(terminal)
                    terminal.wait(lambda grid: grid.row_of("▸") is not None, 5)
                    time.sleep(6 if load else 2)
                    before, began, cpu = server.count.value, time.perf_counter(), fine_cpu_seconds(terminal.process.pid)
                    took, lost = latency(terminal, options.presses, chance)
                    passed = time.perf_counter() - began
                    rate = (server.count.value - before) / passed
                    used = (fine_cpu_seconds(terminal.process.pid) - cpu) / passed * 100
                    if not took:
                        raise SystemExit("no key was answered:\n" + "\n".join(terminal.grid.lines()))
                    note = "%d keys%s" % (len(took), ", %d LOST" % lost if lost else "")
                    if load:
                        note += ", %.0f probes/s, %.1f %% CPU, %.0f MB" % (rate, used, resident(terminal.process.pid)[0])
                    table.add("key to screen, " + what,
                              "%.2f p50, %.2f p95 ms" % (quantile(took, 0.5) * 1e3, quantile(took, 0.95) * 1e3),
                              target + " p95", note)


def bare(options):
    """Builds the bare loop where it is not named."""
    if options.bare:
        return options.bare
    built = subprocess.run(
        ["cargo", "build", "--release", "--bench", "bare_reqwest", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in built.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message["target"]["name"] == "bare_reqwest":
            return message["executable"]
    raise SystemExit("cargo built no bare_reqwest")


def probe_cost(options, table):
    """All at the same time, each with a target of its own: CPU of the process over requests counted.

    The bare loop is run as one writes it at first (every target at its own moment), in ticks as
    the console polls, and with every target at once.
    """
    loop = bare(options)
    signals, every = options.targets, options.every
    loops = [("bare reqwest, spread evenly", 0), ("bare reqwest, in ticks of 100 ms", 0.1),
             ("bare reqwest, all at once", every)]
    lasts = options.settle + every * 2 + options.seconds + 30
    for what, ok in [("status", "status == 200"), ("JSON", "status == 200 and body.queue < 50")]:
        with contextlib.ExitStack() as stack:
            home = stack.enter_context(tempfile.TemporaryDirectory())
            servers = [stack.enter_context(Server()) for _ in range(1 + len(loops))]
            configuration(home, servers[0].base, signals, "%gs" % every, ok=ok)
            look(options.binary, home)
            pids = []
            for (_, tick), server in zip(loops, servers[1:]):
                arguments = [server.base, str(signals), str(every), str(tick), str(lasts)]
                process = subprocess.Popen([loop, *arguments])
                stack.callback(process.wait)
                stack.callback(process.terminate)
                pids.append(process.pid)
            terminal = stack.enter_context(Terminal([options.binary], home, (80, 24)))
            opened(terminal)
            pids.insert(0, terminal.process.pid)
            # Until every connection is open and every signal has settled.
            time.sleep(options.settle + every * 2)
            before = [(fine_cpu_seconds(pid), switches(pid), server.count.value) for pid, server in zip(pids, servers)]
            time.sleep(options.seconds)
            each = []
            names = ["midwatch"] + [name for name, _ in loops]
            for name, pid, server, (cpu, woken, asked) in zip(names, pids, servers, before):
                asked = server.count.value - asked
                each.append((fine_cpu_seconds(pid) - cpu) / max(asked, 1))
                table.add("%s check, %s" % (what, name), "%.1f µs a request" % (each[-1] * 1e6), "",
                          "%.1f requests/s, %.0f wake-ups/s"
                          % (asked / options.seconds, (switches(pid) - woken) / options.seconds))
            for name, cost in zip(names[1:], each[1:]):
                table.add("%s check, ratio to %s" % (what, name), "%.2f" % (each[0] / cost), "1.5",
                          "%d targets every %g s, console drawn in 80x24" % (signals, every))


def target_directory():
    asked = subprocess.run(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT, check=True,
                           stdout=subprocess.PIPE, text=True)
    return json.loads(asked.stdout)["target_directory"]


def main():
    parts = {"start": start, "record": record, "idle": idle, "keys": keys}
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", help="the program; the release build of this package where none is named")
    arguments.add_argument("--bare", help="the bare loop; built where none is named")
    arguments.add_argument("--only", default=",".join(parts), help="some of: %(default)s")
    arguments.add_argument("--probe-cost", action="store_true", help="only the cost of a probe")
    arguments.add_argument("--seconds", type=int, default=30, help="how long idle cost and probes are measured")
    arguments.add_argument("--settle", type=float, default=5, help="seconds before that")
    arguments.add_argument("--starts", type=int, default=15)
    arguments.add_argument("--facts", type=int, default=100_000, help="how long the journal is that is opened")
    arguments.add_argument("--presses", type=int, default=120)
    arguments.add_argument("--targets", type=int, default=500)
    arguments.add_argument("--every", type=float, default=5)
    options = arguments.parse_args()
    if not sys.platform.startswith("linux"):
        raise SystemExit("this reads /proc, so it runs on Linux only")
    options.binary = os.path.abspath(options.binary or os.path.join(target_directory(), "release", "midwatch"))
    if not os.access(options.binary, os.X_OK):
        raise SystemExit("%s is not there: cargo build --release" % options.binary)
    print("%s on %d processors, load %.2f\n" % (options.binary, os.cpu_count(), os.getloadavg()[0]))
    print("  %-50s %-26s %-12s %s" % ("WHAT", "MEASURED", "TARGET", "NOTE"))
    table = Table()
    if options.probe_cost:
        probe_cost(options, table)
        return
    for name in options.only.split(","):
        if name not in parts:
            raise SystemExit("unknown part %r: there are %s" % (name, ", ".join(parts)))
        parts[name](options, table)


if __name__ == "__main__":
    main()
