"""
Work of many kinds, for the cost of running under the jacket without checkpoints: begins when it is sent a line, and
prints the seconds it took.
"""

import hashlib
import os
import time

input()
began = time.perf_counter()
for _ in range(1_000_000):
    time.time()
for _ in range(100_000):
    os.close(os.open("/dev/null", os.O_RDONLY))
total = 0
for number in range(1_500_000):
    total += number * number % 7
digest = hashlib.sha256()
for _ in range(200):
    digest.update(bytes(1 << 16))
table = {str(number): number for number in range(200_000)}
print(f"{time.perf_counter() - began:.6f}", total, len(table))
