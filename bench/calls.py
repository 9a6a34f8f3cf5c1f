# SPDX-License-Identifier: GPL-2.0-only
"""calls - what a guest's kernel asks the host for one operation, counted by strace

The difference of two runs, one with more repetitions, so that what surrounds an
operation does not count. Only the kernel's own threads are traced, not the
processes that hold guest code. Calls that hand the CPU over, keep time or move
descriptors between kernel and guest code are not the file system's and are left out.
"""
import os
import shutil
import signal
import subprocess

NOT_FILES = set('''futex rt_sigprocmask rt_sigreturn sendmsg recvmsg timer_settime timer_gettime
clock_gettime clock_nanosleep nanosleep sched_yield getpid tgkill kill tkill poll ppoll wait4 waitid
mmap munmap madvise mprotect restart_syscall ptrace gettid sched_setaffinity rt_sigtimedwait
socketpair clone clone3 vfork execveat epoll_wait epoll_ctl ioctl'''.split())
FEW, MANY = 200, 1200


def traced(peer, request):
    """name -> how often, while the peer does what is asked"""
    out = os.path.join(peer.bench.data, 'strace')
    threads = os.listdir(f'/proc/{peer.kernel_pid()}/task')
    command = ['strace', '-c', '-U', 'calls,name', '-o', out]
    for t in threads:
        command += ['-p', t]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        for _ in threads:
            line = tracer.stderr.readline()
            if 'attached' not in line:
                tracer.kill()
                raise OSError(f'strace: {line.strip()}')
        done = int(peer.ask(request)[1])
        tracer.send_signal(signal.SIGINT)
        tracer.stderr.read()
    counts = {}
    with open(out) as f:
        for line in f:
            words = line.split()
            if len(words) == 2 and words[0].isdigit() and words[1] != 'total':
                counts[words[1]] = int(words[0])
    return done, counts


def count(peer, op, arg):
    """name -> host calls for one operation, those of the file system only"""
    peer.ask(f'count {op} 20 {arg}')
    few, before = traced(peer, f'count {op} {FEW} {arg}')
    many, after = traced(peer, f'count {op} {MANY} {arg}')
    if many == few:     # a listing is always a whole one
        many, after = traced(peer, f'count {op} {few * 2} {arg}')
    each = {}
    for name in after:
        if name in NOT_FILES:
            continue
        n = (after[name] - before.get(name, 0)) / (many - few)
        if n > .004:
            each[name] = round(n, 2)
    return each


def available():
    return shutil.which('strace') is not None
