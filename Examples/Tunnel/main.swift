import Glibc
import Strata
import StrataIP

// A tunnel in a hundred lines: whatever goes into a TUN device ends in a TCP of our own, and is carried on
// through the kernel's sockets. Here every address stands for this machine; a VPN app would dial out instead.
//
//     tunnel NAME ADDRESS/LENGTH MEBIBYTES

let arguments = CommandLine.arguments
guard arguments.count == 4, let own = AddressPrefix(arguments[2]), let mebibytes = Int(arguments[3]),
  (1...4_096).contains(mebibytes)
else {
  print("usage: tunnel NAME ADDRESS/LENGTH MEBIBYTES, such as: tunnel tun0 10.9.0.1/16 16")
  exit(64)
}

let stack = Stack(.ip(mtu: 1_500), memory: .mebibytes(mebibytes))
let loop = try Loop()
let queue = RunQueue(whenForeign: { [waker = loop.waker] in waker.wake() })
let net = AsyncSockets(KernelSockets(on: loop), on: queue)

// Packets in and out. The descriptor never waits; what it does not take is lost, as on any link.
var device = try SystemDevice.tun(arguments[1], pool: FramePool(standard: 64), offloads: false)
try device.link.addAddress(own)
try device.link.raise()
let descriptor = device.descriptor
stack.onOutput { packets in
  packets.forEach { packet in _ = packet.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }
}
try loop.addSource(descriptor, .readable) { descriptor, _ in
  var packet = [UInt8](repeating: 0, count: 1_500)
  while case let count = read(descriptor, &packet, packet.count), count > 0 {
    stack.receive(packet.span.bytes.extracting(first: count))
  }
}

// Connections: refused where nobody listens, carried on where somebody does.
Task(executorPreference: queue) {
  for await offer in stack.offers(.anyDestination) {
    Task(executorPreference: queue) {
      guard let upstream = try? await net.connect(to: here(offer.destination)) else { return offer.refuse() }
      guard let near = try? await offer.accept() else { return upstream.close() }
      await carry(near, upstream)
    }
  }
}

// Datagrams are answered by themselves.
Task(executorPreference: queue) {
  for await datagram in stack.datagrams(.anyDestination) {
    try? stack.send(datagram.payload, from: datagram.destination, to: datagram.source)
  }
}

func here(_ destination: SocketAddress) -> SocketAddress {
  SocketAddress(address: Address(destination.address.isV4 ? "127.0.0.1" : "::1")!, port: destination.port)
}

/// Carries both ways until both have ended.
func carry(_ near: TCPStream, _ upstream: AsyncStreamSocket<KernelSockets>) async {
  let up = Task(executorPreference: queue) {
    while case let bytes = try await near.read(atMost: 16_384), !bytes.isEmpty {
      try await upstream.write(bytes)
    }
    try upstream.closeWrite()
  }
  do {
    while case let bytes = try await upstream.read(atMost: 16_384), !bytes.isEmpty {
      try await near.write(bytes)
    }
    near.finish()
    try await up.value
  } catch {
    near.reset()
    upstream.close()
  }
}

print("carrying what goes into \(arguments[1])")
fflush(nil)
try loop.addSignal(SIGTERM) { [waker = loop.waker] in waker.stop() }
while !loop.isStopped {
  net.turn()
  loop.turn(until: net.nextDeadline)
}
