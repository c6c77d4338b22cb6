"""
Work of many kinds, for the cost of running under the jacket without checkpoints: begins when it is sent a line, does
the same again and again, and prints the seconds that it took in total when each time were the fastest. A machine that
is slow for a while slows some of them, hardly all.
"""

import hashlib
import os
import time

TIMES = 10


def work():
    for _ in range(200_000):
        time.time()
    for _ in range(20_000):
        os.close(os.open("/dev/null", os.O_RDONLY))
    total = 0
    for number in range(300_000):
        total += number * number % 7
    digest = hashlib.sha256()
    for _ in range(40):
        digest.update(bytes(1 << 16))
    table = {str(number): number for number in range(40_000)}
    return total + len(table) + digest.digest()[0]


input()
fastest, total = None, 0
for _ in range(TIMES):
    began = time.perf_counter()
    total += work()
    took = time.perf_counter() - began
    fastest = took if fastest is None else min(fastest, took)
print(f"{TIMES * fastest:.6f}", total)
