"""Measures async_nexus: `async_nexus_bench.py ingest|converter WORKLOAD N`, where N is a multiple of 64.

Prints a line of JSON: seconds and deliveries, or null where the workload is not for it.
"""

import asyncio
import gc
import json
import sys
import time
import tracemalloc

import async_nexus as an

WAY, WORKLOAD, N = sys.argv[1], sys.argv[2], int(sys.argv[3])
PAYLOAD = "x" * 16
DELIVERIES = {"W3": 5, "W4": 8}.get(WORKLOAD, 1)
counts = [0] * 64
sums = [0] * 64


def handler(place):
    async def handle(event, queue):
        counts[place] += 1
        sums[place] += event.id

    return handle


async def cause(event, queue):
    counts[0] += 1
    sums[0] += event.id
    for kind in (1, 2, 3, 4):
        await queue.put(an.Event(event.id, kind, 0, event.payload))


def nexus():
    nexus = an.AsyncEventNexus()
    if WORKLOAD == "W2":
        for kind in range(64):
            nexus.add_handler(kind, handler(kind))
    elif WORKLOAD == "W3":
        nexus.add_handler(0, cause)
        for kind in range(1, 5):
            nexus.add_handler(kind, handler(kind))
    elif WORKLOAD == "W4":
        fanout = an.EventFanout()
        for place in range(8):
            fanout.register(handler(place))
        nexus.add_handler(0, fanout)
    else:
        nexus.add_handler(0, handler(0))
    return nexus


class Converter(an.SimpleEventConverter):
    next = 0

    async def obtain_event(self):
        number = self.next
        if number >= N:
            raise an.errors.NoMoreEvents
        self.next = number + 1
        return an.Event(number, 0, 0, PAYLOAD)


async def convert():
    running = nexus()
    running.register(Converter())
    start = time.perf_counter()
    try:
        await running.loop_forever()
    except ValueError:
        # It waits for no source when the last one has ended.
        pass
    return time.perf_counter() - start, []


async def ingest():
    running = nexus()
    # `ingest` demands a started loop, and a loop without sources fails.
    running.state = running.States.LOOPING

    async def produce(first, last, kinds):
        for number in range(first, last):
            await running.ingest(an.Event(number, number % kinds, 0, PAYLOAD))

    latencies = []
    start = time.perf_counter()
    if WORKLOAD == "W5":
        for number in range(N):
            begin = time.perf_counter_ns()
            await running.ingest(an.Event(number, 0, 0, PAYLOAD))
            latencies.append(time.perf_counter_ns() - begin)
    elif WORKLOAD == "W6":
        await asyncio.gather(*(produce(N // 8 * p, N // 8 * (p + 1), 1) for p in range(8)))
    else:
        await produce(0, N, 64 if WORKLOAD == "W2" else 1)
    return time.perf_counter() - start, latencies


def memory():
    queue = asyncio.Queue()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(N):
        queue.put_nowait(an.Event(number, 0, 0, PAYLOAD))
    return (tracemalloc.get_traced_memory()[0] - before) / N


def main():
    if WAY == "converter":
        if WORKLOAD != "W1":
            return None
        seconds, latencies = asyncio.run(convert())
    elif WORKLOAD == "MEM":
        return {"bytes_per_queued": memory()}
    elif WORKLOAD in ("W1", "W2", "W3", "W4", "W5", "W6"):
        seconds, latencies = asyncio.run(ingest())
    else:
        return None
    assert sum(counts) == N * DELIVERIES, "events were lost or doubled"
    assert sum(sums) == DELIVERIES * N * (N - 1) // 2, "events were mixed up"
    measured = {"events_per_s": N * DELIVERIES / seconds}
    if latencies:
        latencies.sort()
        measured["p50_ns"] = latencies[len(latencies) // 2]
        measured["p99_ns"] = latencies[len(latencies) * 99 // 100]
    return measured


print(json.dumps(main()))
