# SPDX-License-Identifier: GPL-2.0-only
"""report - the table and the plot of a result (the dictionary that --json writes)"""
import statistics
import sys
from html import escape

from rows import CALLS


def progress(what, part):
    if sys.stderr.isatty():
        end = '\r' if part < 1 else '\n'
        sys.stderr.write(f'\033[Kbench: {part * 100:3.0f} % {what}{end}')


def ratio(result, row, peer, base):
    """Median of the ratios within the passes, their least and most; None without"""
    have = result['rows'].get(row, {})
    if peer not in have or base not in have:
        return None
    key = result['by'] + 's'
    pairs = [a / b for a, b in zip(have[peer][key], have[base][key]) if b > 0]
    return (statistics.median(pairs), min(pairs), max(pairs)) if pairs else None


def duration(s):
    for unit, size in (('s', 1), ('ms', 1e-3), ('µs', 1e-6)):
        if s >= size:
            return f'{s / size:.3g} {unit}'
    return f'{s * 1e9:.0f} ns'


def line(words, widths):
    print('  '.join(f'{w:<{n}}' if i == 0 else f'{w:>{n}}' for i, (w, n) in enumerate(zip(words, widths))).rstrip())


def verdict(result, row, subject='hum'):
    """What the row promises, and whether it is kept: (text, kept) or None"""
    for base, goal, peer in (('stock', row.stock, subject), ('native-2', row.native, f'{subject}-2')):
        got = ratio(result, row.name, peer, base)
        if goal and got:
            return f'{got[0]:.3g} of {base}, at most {goal:g}', got[0] <= goal
    return None


def table(result, rows):
    """Times of the base, how often it each other peer takes, with the spread"""
    peers = [p for p in dict.fromkeys(p for r in result['rows'].values() for p in r)]
    others = [p for p in peers if p != 'native']
    widths = [14, 9] + [max(11, len(p)) for p in others] + [30]
    print(f"{result['host']}, {result['cpus']} CPUs, {result['date']}, {result['passes']} passes, "
          f"loads {result['scale']:g} in {result['folder']}: {result['command']}")
    print(f"{'elapsed' if result['by'] == 'wall' else 'CPU'} time: the host's, median; times that, and half "
          'the range; what should be reached')
    line(['row', 'native'] + others + [''], widths)
    missed = 0
    for row in rows:
        have = result['rows'].get(row.name, {})
        words = [row.name, duration(have['native'][result['by']]) if 'native' in have else '-']
        for p in others:
            base = row.base if row.base in have else 'native'
            got = ratio(result, row.name, p, base)
            if got:
                words.append(f'{got[0]:.2f} ±{(got[2] - got[1]) / 2 / got[0] * 100:.0f}%')
            else:
                words.append(duration(have[p][result['by']]) if p in have else '-')
        said = verdict(result, row)
        missed += bool(said and not said[1])
        line(words + [('' if said[1] else 'MISSED: ') + said[0] if said else ''], widths)
    host_calls(result)
    gain = ratio(result, 'compile', 'hum', 'hum-2')
    if gain and result['by'] == 'wall':
        print(f'compile with two CPUs: {gain[0]:.2f} times as fast as with one (at least 1.75)')
    for what, why in result['failed'].items():
        print(f'FAILED: {what}: {why}')
    for what, why in result['skipped'].items():
        print(f'left out: {what}: {why}')
    if missed:
        print(f'{missed} rows miss what they should reach')


def host_calls(result):
    if not result['calls']:
        return
    print('\nhost calls for one operation, of the file system')
    for name, _, _, limit in CALLS:
        for peer, each in result['calls'].get(name, {}).items():
            total = sum(each.values())
            over = peer.startswith('hum') and total > limit + .05
            what = ' '.join(f'{k} {v:g}' for k, v in sorted(each.items(), key=lambda e: -e[1]))
            print(f"{name:20}{peer:10}{total:7.2f}{f' (at most {limit:g})' if peer.startswith('hum') else '':16}"
                  f"{'MISSED: ' if over else ''}{what}")


COLOURS = ('#4477aa', '#66ccee', '#228833', '#ccbb44', '#ee6677', '#aa3377', '#bbbbbb', '#222222')


def plot(result, rows, path):
    """Bars, one for each row and peer: times the host, logarithmic"""
    from math import log10
    drawn = [r for r in rows if result['rows'].get(r.name, {}).get('native')]
    peers = [p for p in dict.fromkeys(p for r in drawn for p in result['rows'][r.name]) if p != 'native']
    high, left, width = 7, 110, 620
    every = [g[0] for r in drawn for p in peers if (g := ratio(result, r.name, p, 'native'))]
    top = max(every + [10]) * 1.1
    low = min(every + [1]) * .9

    def x(v):
        return left + width * log10(v / low) / log10(top / low)

    row_high = high * len(peers) + 8
    total = 50 + row_high * len(drawn)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{total}" '
           'font-family="sans-serif" font-size="11">',
           f'<text x="{left}" y="14">times what the host takes, {result["by"]} ({escape(result["date"])}, {escape(result["host"])})</text>']
    for i, p in enumerate(peers):
        out.append(f'<rect x="{left + i * 85}" y="22" width="9" height="9" fill="{COLOURS[i % 8]}"/>'
                   f'<text x="{left + 12 + i * 85}" y="31">{escape(p)}</text>')
    for tick in (1, 2, 5, 10, 20, 50, 100, 200):
        if low <= tick <= top:
            out.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="36" y2="{total - 12}" stroke="#ddd"/>'
                       f'<text x="{x(tick):.1f}" y="{total - 2}" text-anchor="middle">{tick}</text>')
    for n, r in enumerate(drawn):
        y = 40 + n * row_high
        out.append(f'<text x="{left - 6}" y="{y + row_high / 2}" text-anchor="end">{escape(r.name)}</text>')
        for i, p in enumerate(peers):
            got = ratio(result, r.name, p, 'native')
            if got:
                a, b = sorted((x(1), x(got[0])))
                out.append(f'<rect x="{a:.1f}" y="{y + i * high}" width="{b - a:.1f}" height="{high - 1}" '
                           f'fill="{COLOURS[i % 8]}"><title>{escape(p)}: {got[0]:.2f}</title></rect>')
    out.append('</svg>')
    with open(path, 'w') as f:
        f.write('\n'.join(out) + '\n')
