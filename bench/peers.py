# SPDX-License-Identifier: GPL-2.0-only
"""peers - what the rows run in: how each is started, spoken to and ended

A peer is a program that runs bench-work (work.c) and hands its stdin and stdout
through. All share one directory with the loads, at the same path in each of them,
and each has a directory of its own below it.
"""
import os
import select
import shutil
import signal
import subprocess
import time


class Unavailable(Exception):
    """This machine cannot run the peer; the text says why."""


class Failed(Exception):
    """The peer did not do what it was asked."""


class Peer:
    """A running peer. cpus: how many it may use, the first ones of the bench's."""
    guest = False           # has a kernel of its own, whose caches can be dropped
    cpus = 1
    countable = False       # host calls are made by a process that can be traced

    def __init__(self, name, bench):
        self.name, self.bench, self.proc = name, bench, None
        self.dir = os.path.join(bench.data, 'peers', name)
        self.buffer = b''

    def command(self):
        raise NotImplementedError

    def work(self):
        """bench-work's own command line"""
        return [self.bench.worker] + (['guest'] if self.guest else [])

    def start(self):
        command = self.command()
        if not shutil.which(command[0]):
            raise Unavailable(f'{command[0]} is not installed')
        os.makedirs(self.dir, exist_ok=True)
        cpus = set(self.bench.cpus[:self.cpus])
        self.log = open(os.path.join(self.bench.data, f'{self.name}.log'), 'wb')
        self.proc = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            cwd=self.dir, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        try:
            self.answer(60)
            self.ask(f'cd {self.dir}')
        except Failed as e:
            self.stop()
            raise Unavailable(f'does not start: {e}')

    def answer(self, limit):
        """The next line of bench-work's, without its mark"""
        end = time.monotonic() + limit
        fd = self.proc.stdout.fileno()
        while True:
            while b'\n' in self.buffer:
                line, self.buffer = self.buffer.split(b'\n', 1)
                at = line.find(b'@@ ')
                if at >= 0:
                    return line[at + 3:].decode(errors='replace').strip()
            left = end - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise Failed(f'no answer in {limit} s')
            data = os.read(fd, 65536)
            if not data:
                raise Failed(f'ended early: {self.last_words()}')
            self.buffer += data

    def last_words(self):
        with open(self.log.name, errors='replace') as f:
            lines = [s.strip() for s in f if s.strip()]
        return lines[-1] if lines else 'said nothing'

    def ask(self, request, limit=300):
        """Send a request; the words of the answer after "ok" """
        try:
            self.proc.stdin.write(request.encode() + b'\n')
            self.proc.stdin.flush()
        except OSError as e:
            raise Failed(f'{request}: {e.strerror}')
        words = self.answer(limit).split()
        if not words or words[0] != 'ok':
            raise Failed(f"{request}: {' '.join(words[1:])}")
        return words[1:]

    def stop(self):
        if not self.proc:
            return
        try:
            self.proc.stdin.write(b'quit\n')
            self.proc.stdin.close()
            self.proc.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            pass
        try:        # the session is ours alone: whatever is left of the peer
            os.killpg(self.proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.proc.wait()
        self.proc = None

    def cpu_seconds(self):
        """CPU time of all processes of the peer, the dead ones of them included"""
        return sum(p['cpu'] for p in family(self.proc.pid))

    def kernel_pid(self):
        """The process that makes the guest's host calls"""
        raise NotImplementedError


def processes():
    """pid -> parent, name and CPU seconds of every process"""
    tick = os.sysconf('SC_CLK_TCK')
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat') as f:
                text = f.read()
        except OSError:
            continue
        name = text[text.index('(') + 1:text.rindex(')')]
        rest = text[text.rindex(')') + 2:].split()
        found[int(pid)] = {'pid': int(pid), 'parent': int(rest[1]), 'name': name,
                           'cpu': sum(map(int, rest[11:15])) / tick}
    return found


def family(pid):
    """A process and all its descendants"""
    every = processes()
    chosen, new = [], {pid}
    while new:
        chosen += [every[p] for p in new if p in every]
        new = {p['pid'] for p in every.values() if p['parent'] in new}
    return chosen


class Native(Peer):
    def command(self):
        return self.work()


class Native2(Native):
    cpus = 2


class Hum(Peer):
    """hum run, the loads' directory on hostfs"""
    guest = countable = True
    mode = 'seccomp'

    def command(self):
        b = self.bench
        pin = str(b.cpus[0]) if self.cpus == 1 else 'off'
        return [b.hum, 'run', '--kernel', b.kernel, '--mode', self.mode, '-m', '2G',
                '--cpus', str(self.cpus), '--pin', pin, '-u', '0', '-v', b.data,
                '-w', self.dir, '--', *self.work()]

    def kernel_pid(self):
        name = os.path.basename(self.bench.kernel)
        for p in family(self.proc.pid):
            if p['name'] == name and p['pid'] != self.proc.pid:
                return p['pid']
        raise Failed('its kernel is not to be found')


class Hum2(Hum):
    cpus = 2


class HumPtrace(Hum):
    mode = 'ptrace'
    countable = False


class Uml(Peer):
    """A kernel alone: the host's / through hostfs, bench-work as pid 1"""
    guest = countable = True
    mode = 'on'
    kernel = None           # name below the folder that bench/stock fills

    def binary(self):
        path = os.path.join(self.bench.stock, self.kernel)
        if not os.access(path, os.X_OK):
            raise Unavailable(f'there is no {path}: build it by bench/stock')
        return path

    def command(self):
        return [self.binary(), 'mem=2G', f'ncpus={self.cpus}', f'seccomp={self.mode}',
                'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'rw',
                'con0=fd:0,fd:1', 'con=null', 'ssl=null', 'quiet', 'loglevel=0',
                'panic=-1', f'init={self.bench.worker}', '--', 'guest']

    def kernel_pid(self):
        return self.proc.pid


class Stock(Uml):
    kernel = 'linux-stock'


class Stock2(Stock):
    cpus = 2


class StockPtrace(Stock):
    mode = 'off'
    countable = False


class Mixed(Uml):
    kernel = 'linux-mixed'


class Debian(Uml):
    """Debian's package user-mode-linux: an older kernel, ptrace only"""
    countable = False

    def binary(self):
        return 'linux.uml'


class Proot(Peer):
    cpus = 2

    def command(self):
        return ['proot', '-r', '/', '-w', self.dir, *self.work()]


class Fakeroot(Peer):
    cpus = 2

    def command(self):
        # without it a static program is not touched: rows that exec others count
        return ['fakeroot', '--', *self.work()]


class Runsc(Peer):
    cpus = 2

    def command(self):
        return ['runsc', '--rootless', '--network=none', '--host-uds=all', 'do',
                '--force-overlay=false', *self.work()]


# name -> class, what it is
PEERS = {
    'native': (Native, 'the host itself, on one CPU'),
    'native-2': (Native2, 'the host itself, on two CPUs'),
    'hum': (Hum, 'hum run, hostfs, seccomp mode, one CPU'),
    'hum-2': (Hum2, 'the same with two CPUs'),
    'hum-ptrace': (HumPtrace, 'hum run, hostfs, ptrace mode, one CPU'),
    'mixed': (Mixed, "our kernel with mainline's hostfs, one CPU"),
    'stock': (Stock, 'UML from the same source without our changes, one CPU'),
    'stock-2': (Stock2, 'the same with two CPUs'),
    'stock-ptrace': (StockPtrace, 'the same in ptrace mode, one CPU'),
    'debian': (Debian, "Debian's user-mode-linux, one CPU"),
    'proot': (Proot, 'proot, two CPUs'),
    'fakeroot': (Fakeroot, 'fakeroot, two CPUs'),
    'runsc': (Runsc, 'gVisor, two CPUs'),
}
