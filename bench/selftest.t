#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""selftest - the benchmarks measure what they say, on the host alone: bench/selftest.t
BUILD_DIR. Among others, a peer that answers quickly and wrong is found out."""
import json
import os
import subprocess
import sys
import tempfile
import xml.dom.minidom

here = os.path.dirname(os.path.realpath(__file__))
build = sys.argv[1]
failed = count = 0


def ok(name, holds, why=''):
    global failed, count
    count += 1
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}")
    if not holds:
        for line in str(why).splitlines()[:20]:
            print(f'# {line}')


def run(*args):
    # neither the launcher nor the kernel is started
    return subprocess.run([os.path.join(here, 'run'), '--build', build, '--quick', '--passes', '1', '--no-calls', *args],
                          capture_output=True, text=True, timeout=240,
                          env={**os.environ, 'HUM': '/bin/true', 'HUM_KERNEL': '/bin/true'})


with tempfile.TemporaryDirectory(prefix='hum-selftest.') as top:
    path = os.path.join(top, 'out.json')
    svg = os.path.join(top, 'out.svg')
    done = run('--peers', 'native,native-2', '--json', path, '--plot', svg, '--dir', top)
    ok('every row does its work on the host', done.returncode == 0, done.stdout + done.stderr)
    with open(path) as f:
        result = json.load(f)
    ok('each has its times', all(r['native']['wall'] > 0 for r in result['rows'].values()) and len(result['rows']) > 25,
       result)
    ok('the plot is well-formed', len(xml.dom.minidom.parse(svg).getElementsByTagName('rect')) > 5)
    ok('it leaves nothing', sorted(os.listdir(top)) == ['out.json', 'out.svg'], os.listdir(top))

    # a peer in which tar unpacks something else
    fake = os.path.join(top, 'bin')
    os.mkdir(fake)
    for name, text in (('proot', 'shift 4; PATH=$0.d:$PATH; exec "$@"'),):
        with open(os.path.join(fake, name), 'w') as f:
            f.write(f'#!/bin/sh\n{text}\n')
        os.chmod(f.name, 0o755)
    os.mkdir(os.path.join(fake, 'proot.d'))
    with open(os.path.join(fake, 'proot.d', 'tar'), 'w') as f:
        f.write('#!/bin/sh\n/bin/tar "$@" && f=$(find x -type f | tail -n 1) && echo more >>"$f"\n')
    os.chmod(f.name, 0o755)
    os.environ['PATH'] = fake + ':' + os.environ['PATH']
    done = run('--peers', 'native,proot', '--rows', 'getppid,tar-x', '--dir', top)
    ok('a wrong result is a failure', done.returncode == 1 and 'FAILED: tar-x proot: came out as' in done.stdout,
       done.stdout + done.stderr)
    ok('and has no time', 'getppid' in done.stdout and not any(
        line.startswith('tar-x') and '±' in line for line in done.stdout.splitlines()), done.stdout)
    done = run('--rows', 'nothing')
    ok('an unknown row is wrong usage', done.returncode == 2, done.stderr)

print(f'1..{count}')
sys.exit(failed != 0)
