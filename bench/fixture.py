# SPDX-License-Identifier: GPL-2.0-only
"""fixture - the loads: a source tree with a git repository, an archive of it, a C
project, a deep path, a wide directory; the same bytes every time"""
import io
import os
import random
import shutil
import subprocess
import tarfile

WORDS = ('inode page folio return static struct lock range buffer offset error the of '
         'device queue flags if else for while mutex unsigned long int const char '
         'table entry count size name path node parent child').split()

DEEP = 'deep/2/3/4/5/6/7/8/9/file'          # ten components
SIX = 'deep/2/3/4/5/six'
WIDE = 'wide'
WIDE_COUNT = 5000


def write(path, text):
    with open(path, 'w') as f:
        f.write(text)


def text(rng, size):
    """About size bytes that compress as source code does"""
    lines = []
    while size > 0:
        line = '\t' * rng.randrange(3) + ' '.join(rng.choices(WORDS, k=9)) + f' {rng.randrange(10**6)};\n'
        lines.append(line)
        size -= len(line)
    return ''.join(lines)


def make_tree(top, files):
    """Files of 16 KB on average in folders of about 15, up to six deep"""
    rng = random.Random(7)
    # what the files say is cut from one text: to make it anew takes minutes
    ocean = text(rng, 4 << 20)
    folders = [top]
    os.makedirs(top)
    for i in range(files):
        if i % 15 == 0:
            near = [d for d in folders[-40:] + [top] if d.count('/') - top.count('/') < 6]
            folders.append(os.path.join(rng.choice(near), f'dir{i // 15}'))
            os.mkdir(folders[-1])
        size = min(int(rng.lognormvariate(8.9, 1.1)), 400000)
        at = rng.randrange(len(ocean) - size)
        suffix = rng.choice(['.c', '.c', '.h', '.txt', ''])
        write(os.path.join(folders[-1], f'file{i}{suffix}'), ocean[at:at + size])
        if i % 300 == 0:
            os.symlink(f'file{i}{suffix}', os.path.join(folders[-1], f'link{i}'))
    write(os.path.join(folders[-1], 'needle.c'), 'the one line that grep looks for: xyzzy42\n')


def git(top, *args):
    subprocess.run(['git', '-C', top, '-c', 'user.name=bench', '-c', 'user.email=bench@invalid',
                    '-c', 'gc.auto=0', *args], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, 'GIT_CONFIG_GLOBAL': '/dev/null'})


def make(top, source, scale, blocks):
    """All of it in the folder top; source is the project's own folder, blocks the MiB
    of the file for sequential reading"""
    tree = os.path.join(top, 'tree')
    make_tree(tree, int(9800 * scale))
    write(os.path.join(tree, '.gitignore'), '*.o\n*.tmp\n')
    git(tree, 'init', '-q')
    git(tree, 'add', '-A')
    git(tree, 'commit', '-q', '-m', 'tree')
    # a part of it as an archive, by name: no order of the host's
    folders = sorted(d for d in os.listdir(tree) if d.startswith('dir'))
    part = folders[::3]
    subprocess.run(['tar', '--sort=name', '--owner=0', '--group=0', '--mtime=@1700000000',
                    '-cf', os.path.join(top, 'part.tar'), '-C', tree, *part], check=True)
    make_root(os.path.join(top, 'root.tar'), int(20000 * scale))
    generator = os.path.join(source, 'host/tests/e2e/gen-project')
    for name, files, functions in ('cc', 65, 62), ('cc-small', 64, 12):
        # 31,000 lines; 9,000 lines
        subprocess.run(['sh', generator, os.path.join(top, name), str(max(12, int(files * scale))), str(functions)],
                       check=True)
    os.makedirs(os.path.join(top, os.path.dirname(DEEP)))
    write(os.path.join(top, DEEP), 'deep\n')
    write(os.path.join(top, SIX), 'six\n')
    os.mkdir(os.path.join(top, WIDE))
    for i in range(WIDE_COUNT):
        write(os.path.join(top, WIDE, f'entry{i}'), '')
    subprocess.run(['dd', 'if=/dev/zero', f'of={top}/big', 'bs=1M', f'count={blocks}'], check=True,
                   stderr=subprocess.DEVNULL)
    # git looks at contents again when a file is as young as its index
    subprocess.run(['sleep', '1.1'], check=True)
    git(tree, 'update-index', '--refresh', '-q')


def make_root(path, files):
    """An archive like a distribution's root: owners, set-id bits, links"""
    with tarfile.open(path, 'w', format=tarfile.PAX_FORMAT) as tar:
        for n in range(files):
            if n % 40 == 0:
                folder = tarfile.TarInfo(f'usr/lib{n // 2000}/d{n // 40}')
                folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o755, 1700000000
                tar.addfile(folder)
            info = tarfile.TarInfo(f'usr/lib{n // 2000}/d{n // 40}/f{n}')
            info.mtime = 1700000000
            info.uid = info.gid = (0, 0, 0, 0, 0, 0, 33, 1000)[n % 8]
            info.mode = 0o4755 if n % 100 == 0 else 0o755 if n % 7 == 0 else 0o644
            if n % 20 == 1:
                info.type, info.linkname = tarfile.SYMTYPE, f'f{n - 1}'
                tar.addfile(info)
                continue
            data = (f'{n} ' * (n * 7919 % 900)).encode()
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def remove(top):
    shutil.rmtree(top, ignore_errors=True)
