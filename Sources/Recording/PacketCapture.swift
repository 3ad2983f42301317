import StrataBase
import StrataSimulator
import StrataWire

/// Writes what one host of a world sends and receives to a pcapng file, with the world's clock.
///
/// Lost frames show as a network card would show them: those that this host sent are there, those that
/// never reached it are not.
public final class PacketCapture: FrameObserver {
  private let file: OutputFile
  private let host: String
  /// Nanoseconds since 1970 at the start of the world.
  private let epoch: UInt64
  private var block: [UInt8] = []

  /// Captures at the host named `host`. Call `close` at the end.
  public init(path: String, host: String, epoch: UInt64) throws(RecordingError) {
    file = try OutputFile(path: path)
    self.host = host
    self.epoch = epoch
    Pcapng.emitSection(&block, application: "strata")
    Pcapng.emitInterface(&block, name: host)
    file.append(block)
  }

  public func sent(_ frame: RawSpan, from node: Node, now: Instant) {
    if node.name == host { write(frame, .outbound, at: now) }
  }
  public func arrived(_ frame: RawSpan, at node: Node, now: Instant) {
    if node.name == host { write(frame, .inbound, at: now) }
  }

  public func close() throws(RecordingError) { try file.close() }

  private func write(_ frame: RawSpan, _ direction: PcapngDirection, at now: Instant) {
    block.removeAll(keepingCapacity: true)
    Pcapng.emitPacket(
      &block, interface: 0, time: epoch &+ UInt64(now.nanoseconds), bytes: frame, direction: direction)
    file.append(block)
  }
}
