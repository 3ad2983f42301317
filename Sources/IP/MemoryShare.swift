import StrataBase
import StrataStack

/// How a stack's memory is shared out: half for packets on their way and waiting to be read, half for what
/// connections keep until it is acknowledged.
struct MemoryShare {
  /// Buffers of packets.
  let frames: Int
  let settings: HostSettings

  /// No stack works with less: packets of one small window.
  static var leastFrames: Int { 64 }

  init(of memory: MemorySize) {
    let frame = Frame.payloadStart + Frame.standardRoom
    frames = max(memory.bytes / 2 / frame, Self.leastFrames)
    settings = HostSettings()
  }
}
