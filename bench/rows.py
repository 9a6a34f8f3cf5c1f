# SPDX-License-Identifier: GPL-2.0-only
"""rows - what is measured: one line a row, with how its result is checked and what it
should reach

A row is an operation that bench-work repeats (ops.c), or a load: a shell command,
perhaps after a preparation, in the peer's own directory, with the loads in ../...
What a load prints, and what `result` prints about what it left behind (run by the
host, in that directory), must be the same in every peer.
"""
from dataclasses import dataclass, field

import fixture

CC = "make -s -j2 -C cc CFLAGS='-O2 -Wall -Iinclude'"
MODULES = ('argparse asyncio base64 calendar collections csv ctypes datetime decimal difflib email '
           'fractions hashlib http.client inspect json logging optparse pickle shutil sqlite3 '
           'subprocess tarfile tempfile unittest').replace(' ', ',')
SQL = '''import sqlite3
d = sqlite3.connect("db")
d.execute("create table t (k integer primary key, v text)")
for n in range(20):
    with d:
        d.executemany("insert into t (v) values (?)", [(str(n * i) * 9,) for i in range(200)])
print(d.execute("select count(*), sum(length(v)) from t").fetchone())'''


@dataclass
class Row:
    name: str
    what: str
    op: str = ''            # an operation of ops.c and its argument
    arg: str = ''
    prepare: str = ''       # untimed, natively
    command: str = ''       # a load
    cold: bool = False      # with the peer's own caches emptied
    result: str = ''        # untimed, natively, after it
    # what it should reach, as parts of another peer's time
    stock: float = 0        # against stock on one CPU
    native: float = 0       # against the host
    base: str = 'native'    # what the table compares with
    quick: bool = True      # part of --quick
    peers: tuple = field(default=())    # only these, if any


def micro(name, what, op, arg='x', **goal):
    return Row(name, what, op=op, arg=arg, **goal)


ROWS = [
    micro('getppid', 'getppid()', 'getppid', stock=.56),
    micro('clock', 'clock_gettime()', 'clock', stock=.027),
    micro('stat-6', 'stat(), six components', 'stat', f'../../{fixture.SIX}', stock=.2),
    micro('stat-10', 'stat(), ten components', 'stat', f'../../{fixture.DEEP}'),
    micro('open-close', 'open(), close(), six components', 'open', f'../../{fixture.SIX}', stock=.24),
    micro('pread-4k', 'pread() of 4 KiB', 'pread4k', 'block', stock=.57),
    micro('pread-64k', 'pread() of 64 KiB', 'pread64k', 'block'),
    micro('pwrite-64k', 'pwrite() of 64 KiB', 'pwrite64k', 'block', stock=.5),
    micro('fault', 'first touch of an anonymous page', 'fault', stock=.21),
    micro('fork', 'fork(), exit, wait', 'fork', stock=.39),
    micro('fork-20m', 'the same of a process of 20 MB', 'fork20', stock=.1),
    micro('exec', 'vfork(), exec, exit, wait', 'exec', stock=.45),
    micro('pipe', 'round trip between two processes', 'pipe', stock=.48),
    micro('create', 'create, write, close, unlink', 'create', 'new', stock=.45),
    micro('chmod', 'chmod()', 'chmod', 'block'),
    micro('names', 'listing without attributes, an entry', 'names', f'../../{fixture.WIDE}'),
    micro('list', 'listing with attributes, an entry', 'list', f'../../{fixture.WIDE}', stock=.33),
    micro('random', 'pread() and pwrite() of 4 KiB at random', 'random', 'places', stock=.78),
    micro('fsync', 'pwrite() of 4 KiB, fsync()', 'fsync', 'synced', stock=.87, quick=False),
    Row('find', 'find, first', command='find ../../tree', cold=True, stock=.33),
    Row('find-again', 'find, again', command='find ../../tree', stock=.33),
    Row('ls-again', 'ls -goR, again', command='ls -goR --time-style=+%s ../../tree', stock=.41),
    Row('git-status', 'git status, first', command='git -C ../../tree --no-optional-locks status -s', cold=True,
        stock=.25),
    Row('git-again', 'git status, again', command='git -C ../../tree --no-optional-locks status -s', stock=.22),
    Row('grep', 'grep -r, first', command='grep -r xyzzy42 ../../tree --exclude-dir=.git', cold=True, stock=.33),
    Row('grep-again', 'grep -r, again', command='grep -r xyzzy42 ../../tree --exclude-dir=.git', stock=.33),
    Row('tar-c', 'tar c', command='tar cf - -C ../../tree --exclude=.git . | wc -c', stock=.42),
    Row('tar-x', 'tar x', prepare='rm -rf x; mkdir x', command='tar xf ../../part.tar -C x',
        result='cd x && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum', stock=.33),
    Row('tar-x-root', 'tar x of a root, with owners', prepare='rm -rf x; mkdir x', quick=False,
        command='tar xpf ../../root.tar --numeric-owner --same-owner -C x && '
                'find x -mindepth 1 -printf "%P %u %g %m\\n" | sort | sha256sum',
        result='cd x && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum',
        base='humfs', peers=('humfs', 'humfs-owned', 'fuse-overlayfs')),
    Row('rm-r', 'rm -r', prepare='rm -rf x; mkdir x; tar xf ../../part.tar -C x', command='rm -r x',
        result='ls -A | grep -c "^x$" || true', stock=.33),
    Row('write-1g', 'sequential write', prepare='rm -f big', command='dd if=/dev/zero of=big bs=1M count=$BLOCKS',
        result='stat -c %s big; cmp -n $((BLOCKS << 20)) big /dev/zero; rm big', stock=.5),
    Row('read-1g', 'sequential read', command='dd if=../../big of=/dev/null bs=1M && stat -c %s ../../big', cold=True,
        stock=.5),
    Row('read-again', 'sequential read, again', command='dd if=../../big of=/dev/null bs=1M && stat -c %s ../../big',
        stock=1),
    Row('true-200', '200 times /bin/true', command='i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done; echo $i',
        stock=.44),
    Row('python', 'python3 with 25 modules', command=f"/usr/bin/python3 -IBc 'import {MODULES}; print(42)'",
        stock=.65),
    Row('sqlite', '20 transactions of sqlite', prepare=f"rm -f db*; cat >db.py <<'END'\n{SQL}\nEND",
        command='/usr/bin/python3 -IB db.py', stock=.56, quick=False),
    Row('compile', 'make -j2', prepare='rm -rf cc; cp -r ../../cc .', command=CC, native=1.15, base='native-2',
        result='cat cc/*.a cc/sum | sha256sum; cc/sum'),
    Row('compile-small', 'the same of small files', prepare='rm -rf cc; cp -r ../../cc-small cc', command=CC,
        base='native-2', result='cat cc/*.a cc/sum | sha256sum; cc/sum'),
]

# what the host is asked: row -> operation, argument, repetitions, limit, which calls
CALLS = [
    # name, operation, argument, most calls each (0: no limit)
    ('stat-10', 'stat', f'../../{fixture.DEEP}', 10),
    ('open-close-10', 'open', f'../../{fixture.DEEP}', 12),
    ('create-write-close', 'create-only', 'counted', 6),
    ('read-64k', 'pread64k', 'block', 1),
    ('write-64k', 'pwrite64k', 'block', 1),
    ('create-unlink', 'create', 'new', 0),
    ('chmod', 'chmod', 'block', 0),
    ('names-entry', 'names', f'../../{fixture.WIDE}', 0),
    ('list-entry', 'list', f'../../{fixture.WIDE}', 1.1),
]


def by_names(names):
    known = {r.name: r for r in ROWS}
    for n in names:
        if n not in known:
            raise KeyError(n)
    return [known[n] for n in names]
