#!/usr/bin/env python3
"""Measures many signals at once, side by side with another program that probes the same endpoints.

Starts targets on loopback, of which a share hangs and a share resets, and then in turn, several
times over:

  headless   midwatch check --follow
  console    midwatch in a pseudo-terminal of 120x40, drawn; then with keys pressed while it probes
  exporter   prometheus-blackbox-exporter, driven at the same rate over the same endpoints; what
             drives it is not counted

Beside the targets midwatch asks every vendor that the simulated company has, each every few seconds: what that
costs is counted, and shared out over the probes of targets alone.

Prints a table and asserts nothing: numbers depend on the machine, ratios less so. Needs a release
build, Linux and Python's standard library; talks to loopback only; ends by itself. The exporter is
Debian's and Ubuntu's package of that name; where it is absent that is said, and the rest is measured.

    cargo build --release
    sudo apt install prometheus-blackbox-exporter   # its service need not run
    python3 benches/scale.py                        # 10,000 signals every 10 s: ten minutes
    python3 benches/scale.py --quick                # 1,000 every 2 s: under one
    python3 benches/scale.py --origins 10000 --only headless   # a connection to keep for each
"""

import argparse
import array
import asyncio
import collections
import contextlib
import heapq
import multiprocessing
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import measure

EXPORTER = "prometheus-blackbox-exporter"
KINDS = ("healthy", "hanging", "resetting")


def kind_of(n, options):
    """Spread evenly over the targets, and so over ports and processes."""
    share = n * 37 % 100
    if share < options.hanging:
        return "hanging"
    return "resetting" if share < options.hanging + options.resetting else "healthy"


# The targets: as little HTTP as a client accepts; when each was asked is noted.

class Endpoint(asyncio.Protocol):
    """Answers, hangs or resets by the number at the end of the path."""

    answer = measure.Target.answer
    options = None
    seen = None

    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            path = self.rest[:end].split(b" ", 2)[1]
            self.rest = self.rest[end + 4:]
            n = int(path.rsplit(b"/", 1)[1])
            kind = kind_of(n, self.options)
            self.seen.asked(n, kind)
            if kind == "healthy":
                self.transport.write(self.answer)
            elif kind == "resetting":
                sock = self.transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.transport.abort()


class Seen:
    """How often each kind was asked, and between which moments.

    A request that is sent again at once, because a kept connection was reset, is the same probe.
    """

    AGAIN = 0.5

    def __init__(self):
        self.begin()

    def begin(self):
        self.counts = collections.Counter()
        self.last = {}
        self.between = array.array("d")

    def asked(self, n, kind):
        now, before = time.monotonic(), self.last.get(n)
        self.last[n] = now
        if kind == "resetting" and before is not None and now - before < self.AGAIN:
            self.counts["again"] += 1
            return
        self.counts[kind] += 1
        if kind == "healthy" and before is not None:
            self.between.append(now - before)


def serve(listening, pipe, options):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = Endpoint.seen = Seen()
    Endpoint.options = options

    async def run():
        loop = asyncio.get_running_loop()
        for sock in listening:
            await loop.create_server(Endpoint, sock=sock, backlog=1024)
        ended = loop.create_future()

        def told():
            try:
                word = pipe.recv()
            except EOFError:
                ended.set_result(None)
                return
            if word == "begin":
                seen.begin()
            pipe.send((dict(seen.counts), seen.between.tobytes() if word == "end" else b""))

        loop.add_reader(pipe.fileno(), told)
        await ended

    asyncio.run(run())


class Targets:
    """The targets in processes of their own, behind `origins` addresses of this machine."""

    def __init__(self, options):
        self.options = options

    def __enter__(self):
        # An address of its own for every two hundred: a port each would use the ports up.
        listening = [socket.create_server(("127.0.%d.%d" % (1 + n // 200, 1 + n % 200), 0), backlog=1024)
                     for n in range(self.options.origins)]
        self.bases = ["http://%s:%d" % sock.getsockname() for sock in listening]
        self.processes, self.pipes = [], []
        for at in range(self.options.processes):
            here, there = multiprocessing.Pipe()
            process = multiprocessing.Process(
                target=serve, args=(listening[at::self.options.processes], there, self.options), daemon=True)
            process.start()
            there.close()
            self.processes.append(process)
            self.pipes.append(here)
        for sock in listening:
            sock.close()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.join()

    def url(self, n):
        return "%s/t/%d" % (self.bases[n % len(self.bases)], n)

    def ask(self, word):
        for pipe in self.pipes:
            pipe.send(word)
        answers = [pipe.recv() for pipe in self.pipes]
        counts, between = collections.Counter(), array.array("d")
        for some, moments in answers:
            counts.update(some)
            between.frombytes(moments)
        return counts, between


# What is driven: the exporter, by as many requests as there are targets in an interval.

class Asking(asyncio.Protocol):
    """One kept connection to the exporter, one request at a time."""

    def __init__(self):
        self.rest, self.answered = b"", None

    def connection_made(self, transport):
        self.transport = transport

    def send(self, request):
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answered

    def data_received(self, data):
        self.rest += data
        head = self.rest.find(b"\r\n\r\n")
        if head < 0:
            return
        headers = self.rest[:head].lower()
        if b"transfer-encoding: chunked" in headers:
            whole = self.rest.endswith(b"0\r\n\r\n")
        else:
            length = int(headers.split(b"content-length:")[1].split(b"\r\n")[0])
            whole = len(self.rest) >= head + 4 + length
        if whole:
            succeeded = b"\nprobe_success 1" in self.rest
            self.rest = b""
            self.answered.set_result(succeeded)

    def connection_lost(self, _):
        if self.answered and not self.answered.done():
            self.answered.set_result(None)
        self.transport = None


def drive(port, urls, every, succeeded, asked):
    """Asks the exporter for each of `urls` once an interval, each at its own moment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def run():
        loop = asyncio.get_running_loop()
        idle = []

        async def probe(url):
            asking = idle.pop() if idle else None
            if asking is None or asking.transport is None:
                _, asking = await loop.create_connection(Asking, "127.0.0.1", port)
            request = "GET /probe?module=scale&target=%s HTTP/1.1\r\nHost: exporter\r\n\r\n" % url
            well = await asking.send(request.encode())
            asked.value += 1
            succeeded.value += bool(well)
            if asking.transport is not None:
                idle.append(asking)

        chance, now = random.Random(11), loop.time()
        due = [(now + chance.random() * every, n) for n in range(len(urls))]
        heapq.heapify(due)
        tasks = set()
        while True:
            while due[0][0] <= loop.time():
                at, n = due[0]
                heapq.heapreplace(due, (at + every, n))
                task = loop.create_task(probe(urls[n]))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(max(0.005, due[0][0] - loop.time()))

    asyncio.run(run())


# The three that are measured.

class Measured:
    """What one program used while targets counted."""

    def __init__(self, pid, targets, seconds):
        targets.ask("begin")
        cpu, began = measure.fine_cpu_seconds(pid), time.monotonic()
        time.sleep(seconds)
        used = measure.fine_cpu_seconds(pid) - cpu
        self.seconds = time.monotonic() - began
        self.counts, self.between = targets.ask("end")
        self.asked = sum(self.counts[kind] for kind in KINDS)
        self.cost = used / max(self.asked, 1) * 1000
        self.share = used / self.seconds * 100
        self.resident, self.most = measure.resident(pid)
        self.keys, self.lost = [], 0
        self.note = ""


def environment(home):
    return {"PATH": os.environ.get("PATH", ""), "HOME": home, "MIDWATCH_HOME": os.path.join(home, "midwatch"),
            "LANG": "C.UTF-8", "USER": "ann", "TMPDIR": home}


@contextlib.contextmanager
def company(options):
    """The part of a configuration that points at a simulated company's vendors, while it runs."""
    if options.without_vendors:
        yield ""
        return
    with tempfile.TemporaryDirectory() as home, ended(subprocess.Popen(
            [options.binary, "simulate", "quiet", "--directory", home], env=environment(home),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)) as process:
        lines, begun = [], False
        for line in process.stdout:
            begun = begun or line.startswith("[sentry]")
            if begun:
                lines.append(line)
            # The last table of the vendors.
            if begun and line.startswith("every") and any(known.startswith("[[s3]]") for known in lines):
                break
        yield "".join(lines)


def configure(home, targets, options):
    with open(os.path.join(home, "midwatch.toml"), "w") as file:
        file.write('[console]\nname = "measured"\nenvironment = "staging"\n')
        for n in range(options.signals):
            file.write('[[health]]\nname = "t%05d"\nurl = "%s"\nevery = "%gs"\ntimeout = "%gs"\nok = "status == 200"\n'
                       % (n, targets.url(n), options.every, options.timeout))
        file.write(options.vendors)


def settled(options):
    """Until every signal was asked, and what hangs has settled as down."""
    return options.every * 2 + options.timeout * 3 if options.settle is None else options.settle


@contextlib.contextmanager
def ended(process):
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def selected(grid):
    """The name that the cursor is on."""
    row = grid.row_of("▸")
    return None if row is None else grid.lines()[row].split("▸", 1)[1].split()[0]


def pressed(terminal, presses):
    """Down and up in turn, at random moments: until the cursor is on another name."""
    chance, took, lost = random.Random(7), [], 0
    for at in range(presses):
        time.sleep(chance.uniform(0.05, 0.25))
        with terminal.changed:
            before = selected(terminal.grid)
        began = terminal.press(b"kj"[at % 2:at % 2 + 1])
        seen = terminal.wait(lambda grid: selected(grid) not in (None, before), 2)
        if seen is None:
            lost += 1
        else:
            took.append(seen - began)
    return took, lost


def headless(targets, options):
    with tempfile.TemporaryDirectory() as home:
        configure(home, targets, options)
        measure.look(options.binary, home)
        log = os.path.join(home, "lines")
        with open(log, "w") as out, ended(subprocess.Popen(
                [options.binary, "check", "--follow"], cwd=home, env=environment(home), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.DEVNULL)) as process:
            time.sleep(settled(options))
            measured = Measured(process.pid, targets, options.seconds)
        with open(log) as lines:
            ends = [line.split(" → ")[1].split()[0] for line in lines if " → " in line]
        measured.note = "%d settled ok, %d down" % (ends.count("ok"), ends.count("down"))
        return measured


def console(targets, options):
    with tempfile.TemporaryDirectory() as home:
        configure(home, targets, options)
        measure.look(options.binary, home)
        with measure.Terminal([options.binary], home, (120, 40)) as terminal:
            measure.opened(terminal, 30)
            time.sleep(settled(options))
            measured = Measured(terminal.process.pid, targets, options.seconds)
            # Away from the first row, where up leads nowhere.
            terminal.press(b"jj")
            time.sleep(0.5)
            measured.keys, measured.lost = pressed(terminal, options.presses)
            measured.resident, measured.most = measure.resident(terminal.process.pid)
            return measured


def exporter(targets, options):
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "blackbox.yml")
        with open(path, "w") as file:
            file.write("modules:\n  scale:\n    prober: http\n    timeout: %gs\n    http:\n"
                       "      preferred_ip_protocol: ip4\n" % options.timeout)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        argv = [options.exporter, "--config.file=" + path, "--web.listen-address=127.0.0.1:%d" % port]
        with ended(subprocess.Popen(argv, env=environment(home), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)) as process:
            until = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise SystemExit("the exporter does not start: %s" % " ".join(argv)) from None
                    time.sleep(0.1)
            succeeded, asked = (multiprocessing.Value("Q", 0, lock=False) for _ in range(2))
            urls = [targets.url(n) for n in range(options.signals)]
            driver = multiprocessing.Process(
                target=drive, args=(port, urls, options.every, succeeded, asked), daemon=True)
            driver.start()
            try:
                time.sleep(options.every + options.timeout)
                measured = Measured(process.pid, targets, options.seconds)
            finally:
                driver.terminate()
                driver.join()
            measured.note = "%.1f %% of its probes succeed" % (succeeded.value / max(asked.value, 1) * 100)
            return measured


# The table.

def told(values, form="%.1f"):
    """The median, and from where to where."""
    text = form % statistics.median(values)
    return text if len(values) == 1 else "%s (%s to %s)" % (text, form % min(values), form % max(values))


def report(name, rounds, options, table):
    table.add(name + ": CPU of 1,000 probes", told([one.cost * 1000 for one in rounds], "%.0f") + " ms", "", rounds[-1].note)
    table.add(name + ": share of one core", told([one.share for one in rounds]) + " %", "" if name == "exporter" else "60 %",
              "%.0f probes a second" % statistics.median([one.asked / one.seconds for one in rounds]))
    table.add(name + ": resident memory at most", told([one.most for one in rounds], "%.0f") + " MB",
              "" if name == "exporter" else "250 MB")
    between = sorted(moment for one in rounds for moment in one.between)
    if between:
        healthy = sum(kind_of(n, options) == "healthy" for n in range(options.signals))
        due = healthy / options.every * sum(one.seconds for one in rounds)
        asked = sum(one.counts["healthy"] for one in rounds)
        table.add(name + ": interval of healthy targets",
                  "%.2f median, %.2f p99 s" % (measure.quantile(between, 0.5), measure.quantile(between, 0.99)),
                  "%g s" % options.every,
                  "%.2f most; %d asked where %.0f are due (%.3f)" % (between[-1], asked, due, asked / due))
    keys = [took * 1000 for one in rounds for took in one.keys]
    if keys:
        lost = sum(one.lost for one in rounds)
        table.add(name + ": key to frame", "%.1f p50, %.1f p95, %.1f p99 ms" % tuple(
            measure.quantile(keys, q) for q in (0.5, 0.95, 0.99)), "33 ms p99",
            "%d keys%s, %.1f most" % (len(keys), ", %d LOST" % lost if lost else "", max(keys)))


def main():
    parts = {"headless": headless, "console": console, "exporter": exporter}
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", help="the program; the release build of this package where none is named")
    arguments.add_argument("--exporter", help="the exporter; looked for where none is named")
    arguments.add_argument("--only", default=",".join(parts), help="some of: %(default)s")
    arguments.add_argument("--signals", type=int, default=10_000)
    arguments.add_argument("--every", type=float, default=10, help="seconds between two probes of a target")
    arguments.add_argument("--timeout", type=float, default=3, help="seconds a probe waits, at most the interval")
    arguments.add_argument("--origins", type=int, default=48, help="addresses that the targets are behind")
    arguments.add_argument("--processes", type=int, default=3, help="that answer for the targets")
    arguments.add_argument("--hanging", type=int, default=5, help="percent of the targets that never answer")
    arguments.add_argument("--resetting", type=int, default=5, help="percent that reset the connection")
    arguments.add_argument("--seconds", type=float, default=30, help="how long each is measured in a round")
    arguments.add_argument("--settle", type=float, help="seconds before that; enough for all to settle where not named")
    arguments.add_argument("--presses", type=int, default=200, help="keys in a round")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--without-vendors", action="store_true", help="the targets alone")
    arguments.add_argument("--quick", action="store_true", help="1,000 signals every 2 s, one short round")
    options = arguments.parse_args()
    if options.quick:
        options.signals, options.every, options.rounds, options.seconds, options.presses = 1000, 2, 1, 10, 50
    if not sys.platform.startswith("linux"):
        raise SystemExit("this reads /proc, so it runs on Linux only")
    options.timeout = min(options.timeout, options.every)
    options.origins = min(options.origins, options.signals)
    options.binary = os.path.abspath(options.binary or os.path.join(measure.target_directory(), "release", "midwatch"))
    if not os.access(options.binary, os.X_OK):
        raise SystemExit("%s is not there: cargo build --release" % options.binary)
    names = options.only.split(",")
    if unknown := [name for name in names if name not in parts]:
        raise SystemExit("unknown part %r: there are %s" % (unknown[0], ", ".join(parts)))
    options.exporter = options.exporter or shutil.which(EXPORTER)
    if "exporter" in names and not options.exporter:
        print("%s is not here, so nothing is said of it: sudo apt install %s\n" % (EXPORTER, EXPORTER))
        names.remove("exporter")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("%s on %d processors, load %.2f" % (options.binary, os.cpu_count(), os.getloadavg()[0]))
    print("%d signals every %g s behind %d addresses, %d %% hang, %d %% reset; %d rounds of %g s each\n" % (
        options.signals, options.every, options.origins, options.hanging, options.resetting, options.rounds, options.seconds))
    print("  %-50s %-26s %-12s %s" % ("WHAT", "MEASURED", "TARGET", "NOTE"))
    table, rounds = measure.Table(), {name: [] for name in names}
    with Targets(options) as targets, company(options) as options.vendors:
        for at in range(options.rounds):
            # Each is first in turn: a machine grows busier or hotter.
            for name in names[at % len(names):] + names[:at % len(names)]:
                rounds[name].append(parts[name](targets, options))
    for name in names:
        report(name, rounds[name], options, table)
    if "exporter" in names:
        for name, target in (("headless", "0.33"), ("console", "1.0")):
            if name in names:
                ratios = [ours.cost / theirs.cost for ours, theirs in zip(rounds[name], rounds["exporter"])]
                table.add("%s: CPU of a probe, ratio to the exporter" % name, told(ratios, "%.3f"), target,
                          "round by round")


if __name__ == "__main__":
    main()
