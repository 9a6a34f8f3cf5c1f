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
        return [self.bench.worker] + (['guest', str(os.getuid()), str(os.getgid())] if self.guest else [])

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

    def ask(self, request, limit=120):
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

    def cpu_seconds(self, ended=0):
        """CPU time of all processes of the peer. Those that have ended are known in
        ticks only, unless bench-work is the host's own process and says it: in ns."""
        seconds = int(ended) / 1e9 * (not self.guest)
        for p in family(self.proc.pid):
            try:
                seconds += on_cpu(p['pid']) + p['dead'] * self.guest
            except OSError:     # it has just ended
                continue
        return seconds

    def kernel_pid(self):
        """The process that makes the guest's host calls"""
        raise NotImplementedError


def on_cpu(pid):
    """Seconds that the threads of a process have run, which the kernel counts in ns"""
    seconds = 0.0
    for tid in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{tid}/schedstat') as f:
            seconds += int(f.read().split()[0]) / 1e9
    return seconds


def processes():
    """pid -> parent and name of every process"""
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
                           'dead': sum(map(int, rest[13:15])) / os.sysconf('SC_CLK_TCK')}
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
    kernel = None           # the bench's

    def command(self):
        b = self.bench
        kernel = self.kernel or b.kernel
        pin = str(b.cpus[0]) if self.cpus == 1 else 'off'
        return [b.hum, 'run', '--kernel', kernel, '--mode', self.mode, '-m', '2G',
                '--cpus', str(self.cpus), '--pin', pin, '-u', '0', '-v', b.data,
                '-w', self.dir, '--', *self.work()]

    def kernel_pid(self):
        name = os.path.basename(self.kernel or self.bench.kernel)
        for p in family(self.proc.pid):
            if p['name'] == name and p['pid'] != self.proc.pid:
                return p['pid']
        raise Failed('its kernel is not to be found')


class HumOther(Hum):
    """The same with another build of the kernel, to see what a change does"""
    def __init__(self, name, bench):
        super().__init__(name, bench)
        self.kernel = os.environ.get('HUM_OTHER_KERNEL')

    def command(self):
        if not self.kernel:
            raise Unavailable('HUM_OTHER_KERNEL names no kernel')
        return super().command()


class Hum2(Hum):
    cpus = 2


class HumPtrace(Hum):
    mode = 'ptrace'
    countable = False


class Humfs(Hum):
    """The same with owners of the guest's own; what root makes is the default owner's"""
    options = 'humfs,owner=0:0'

    def command(self):
        b, command = self.bench, super().command()
        command[command.index('-v') + 1] = f'{b.data}:{b.data}:{self.options}'
        return ['env', f'XDG_STATE_HOME={b.data}.state', *command]

    def start(self):
        os.makedirs(f'{self.bench.data}.state', exist_ok=True)
        super().start()

    def stop(self):
        super().stop()
        shutil.rmtree(f'{self.bench.data}.state', ignore_errors=True)


class HumfsOwned(Humfs):
    """What root makes is not the default owner's, and gets a record"""
    options = 'humfs,owner=1:1'


class FuseOverlayfs(Peer):
    """The host itself through FUSE, as root: the owners are the host's. With owners in
    attributes (xattr_permissions=2) version 1.10 loses those that tar gives."""
    cpus = 2

    def command(self):
        layers = os.path.join(self.bench.data, 'layers')
        for name in ('lower', 'upper', 'work'):
            os.makedirs(os.path.join(layers, name), exist_ok=True)
        work = ' '.join(self.work())
        return ['sh', '-c', f"""command -v fuse-overlayfs >&2 || exit
            fuse-overlayfs -f -o lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work {self.dir} >&2 &
            i=0; until mountpoint -q {self.dir} || [ $i = 50 ]; do sleep .1; i=$((i+1)); done
            mountpoint -q {self.dir} && exec {work}"""]

    def stop(self):
        super().stop()
        subprocess.run(['umount', '-l', self.dir], stderr=subprocess.DEVNULL)


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
                'panic=-1', f'init={self.bench.worker}', '--', *self.work()[1:]]

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
    'hum-other': (HumOther, 'hum with the kernel that HUM_OTHER_KERNEL names'),
    'humfs': (Humfs, "hum run, humfs, one CPU; what is made is the default owner's"),
    'humfs-owned': (HumfsOwned, 'the same; what is made gets a record'),
    'fuse-overlayfs': (FuseOverlayfs, 'fuse-overlayfs, two CPUs; needs root'),
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
