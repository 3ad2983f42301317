import StrataBase
import StrataWire

/// All packets of a host that are being put together, bounded in number, memory and time. Where there is
/// no room the oldest goes: one that will be whole is so within milliseconds.
struct FragmentCache: ~Copyable {
  private var packets: Slab<FragmentedPacket>
  /// The most bytes of frame buffers.
  let memory: Int
  private(set) var charge = 0
  /// No packet's time is over before.
  private(set) var nextDeadline = Instant.never

  init(packets: Int, memory: Int) {
    self.packets = Slab(capacity: max(packets, 1))
    self.memory = memory
  }

  var count: Int { packets.count }

  func pointer(_ handle: Handle) -> UnsafeMutablePointer<FragmentedPacket>? { packets.pointer(handle) }

  func find(_ name: Fragment.Name) -> Handle? {
    for index in 0..<packets.capacity {
      if let handle = packets.handle(at: index), packets.pointer(handle)?.pointee.name == name {
        return handle
      }
    }
    return nil
  }

  /// Whether one more frame of this size, of a packet that may be new, has room.
  func hasRoom(for size: Int, isNew: Bool) -> Bool {
    charge + size <= memory && !(isNew && packets.count == packets.capacity)
  }

  mutating func insert(_ name: Fragment.Name, until deadline: Instant) -> Handle? {
    nextDeadline = min(nextDeadline, deadline)
    return packets.insert(FragmentedPacket(name: name, deadline: deadline))
  }

  mutating func add(
    _ frame: consuming Frame, _ fragment: Fragment, to handle: Handle
  ) -> FragmentedPacket.Outcome {
    guard let packet = packets.pointer(handle) else { return .refused }
    let before = packet.pointee.charge
    let outcome = packet.pointee.add(frame, fragment)
    charge += packet.pointee.charge - before
    return outcome
  }

  mutating func remove(_ handle: Handle) -> FragmentedPacket? {
    guard let packet = packets.remove(handle) else { return nil }
    charge -= packet.charge
    if packets.count == 0 { nextDeadline = .never }
    return packet
  }

  /// The packet whose time is over first, other than `spared`.
  func oldest(but spared: Handle?) -> Handle? {
    var best: Handle?
    var earliest = Instant.never
    for index in 0..<packets.capacity {
      guard let handle = packets.handle(at: index), handle != spared,
        let packet = packets.pointer(handle), packet.pointee.deadline < earliest
      else { continue }
      (best, earliest) = (handle, packet.pointee.deadline)
    }
    return best
  }

  /// A packet whose time is over. Nil: there is none, and `nextDeadline` is exact.
  mutating func due(at now: Instant) -> Handle? {
    if nextDeadline > now { return nil }
    let oldest = oldest(but: nil)
    nextDeadline = oldest.flatMap { packets.pointer($0)?.pointee.deadline } ?? .never
    return nextDeadline <= now ? oldest : nil
  }
}
