import StrataBase
import StrataSimulator
import StrataWire

/// Writes what one host of a world sends and receives to a pcapng file, with the world's clock.
///
/// Lost frames show as a network card would show them: those that this host sent are there, those that
/// never reached it are not. A super-frame is cut into the segments that a device would put on the wire,
/// and sums that a device would make are made: a capture never shows what was not on a wire.
public final class PacketCapture: FrameObserver {
  private let file: OutputFile
  private let host: String
  /// Nanoseconds since 1970 at the start of the world.
  private let epoch: UInt64
  private let mtu: Int
  private let hasEthernet: Bool
  private var block: [UInt8] = []

  /// Captures at the host named `host`, whose cables take packets of `mtu` bytes. Call `close` at the
  /// end. `hasEthernet`: frames begin with an Ethernet header; otherwise they are bare packets.
  public init(
    path: String, host: String, epoch: UInt64, mtu: Int = 1_500, hasEthernet: Bool = true
  ) throws(RecordingError) {
    file = try OutputFile(path: path)
    self.host = host
    self.mtu = mtu
    self.epoch = epoch
    self.hasEthernet = hasEthernet
    Pcapng.emitSection(&block, application: "strata")
    Pcapng.emitInterface(&block, name: host, hasEthernet: hasEthernet)
    file.append(block)
  }

  public func sent(_ frame: RawSpan, from node: WorldHost, now: Instant) {
    if node.name == host { write(frame, .outbound, at: now) }
  }
  public func arrived(_ frame: RawSpan, at node: WorldHost, now: Instant) {
    if node.name == host { write(frame, .inbound, at: now) }
  }

  public func close() throws(RecordingError) { try file.close() }

  /// Writes one frame, or the pieces of a super-frame.
  public func write(_ frame: RawSpan, _ direction: PcapngDirection, at now: Instant) {
    guard let large = SuperFrame(frame, mtu: mtu, hasEthernet: hasEthernet) else {
      return writeBlock(frame, direction, at: now)
    }
    large.forEachPiece(of: frame) { writeBlock($0, direction, at: now) }
  }

  private func writeBlock(_ frame: RawSpan, _ direction: PcapngDirection, at now: Instant) {
    block.removeAll(keepingCapacity: true)
    Pcapng.emitPacket(
      &block, interface: 0, time: epoch &+ UInt64(now.nanoseconds), bytes: frame, direction: direction)
    file.append(block)
  }
}
