"""1,000 flows at once through a tunnel: each sends 20,000 bytes to another address and gets them back."""
import asyncio, hashlib, random, sys

FLOWS, COUNT, PORT = int(sys.argv[1]), 20_000, 7000

async def echo(reader, writer):
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()

async def flow(n, open_flows, all_open):
    reader, writer = await asyncio.open_connection(f"192.0.2.{n % 250 + 1}", PORT)
    open_flows.append(n)
    if len(open_flows) == FLOWS:
        all_open.set()
    await all_open.wait()
    sent = random.Random(n).randbytes(COUNT)
    writer.write(sent)
    writer.write_eof()
    got = await reader.read(-1)
    writer.close()
    return got == sent

async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", PORT, backlog=4096)
    open_flows, all_open = [], asyncio.Event()
    results = await asyncio.gather(*(flow(n, open_flows, all_open) for n in range(FLOWS)))
    try:
        await asyncio.open_connection("192.0.2.1", 7001)
        refused = False
    except ConnectionRefusedError:
        refused = True
    print(f"{sum(results)} of {FLOWS} flows equal, refused {refused}")
    return all(results) and refused

sys.exit(0 if asyncio.run(asyncio.wait_for(main(), 100)) else 1)
