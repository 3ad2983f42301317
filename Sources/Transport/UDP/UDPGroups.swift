import StrataBase
import StrataInternet
import StrataWire

// Groups and other settings of UDP sockets (RFC 1112 §7).

extension UDP {
  /// Hears a group on an interface; nil: on the one by which packets to the group leave.
  ///
  /// Throws `staleHandle`, `invalidArgument`, `addressInUse` where it is in the group already,
  /// `noRoute`, `tableFull`.
  public mutating func join(
    _ handle: Handle, _ group: Address, on interface: Int? = nil, _ internet: inout Internet, at now: Instant
  ) throws(TransportError) {
    let interface = try outlet(handle, group, interface, internet)
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    let groups = socket.pointee.groups
    if groups.contains(where: { $0.group == group && $0.interface == interface }) { throw .addressInUse }
    guard groups.count < socket.pointee.settings.groups, internet.join(group, on: interface, at: now) else {
      throw .tableFull
    }
    socket.pointee.groups.append((group, interface))
  }

  /// Hears a group on an interface no more.
  ///
  /// Throws `staleHandle`, `invalidArgument`, `addressNotAvailable` where it was not in the group.
  public mutating func leave(
    _ handle: Handle, _ group: Address, on interface: Int? = nil, _ internet: inout Internet, at now: Instant
  ) throws(TransportError) {
    let interface = try outlet(handle, group, interface, internet)
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    let index = socket.pointee.groups.firstIndex { $0.group == group && $0.interface == interface }
    guard let index else { throw .addressNotAvailable }
    socket.pointee.groups.remove(at: index)
    internet.leave(group, on: interface, at: now)
  }

  private func outlet(
    _ handle: Handle, _ group: Address, _ interface: Int?, _ internet: borrowing Internet
  ) throws(TransportError) -> Int {
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    guard group.isMulticast else { throw .invalidArgument }
    if let interface { return interface }
    guard let path = internet.path(to: group, by: socket.pointee.settings.outlet) else { throw .noRoute }
    return path.interface
  }

  /// A socket's settings; nil for a stale handle.
  public func settings(_ handle: Handle) -> UDPSettings? { sockets.pointer(handle)?.pointee.settings }

  /// Gives a socket other settings. The bounds of its queue are those of its beginning.
  public mutating func set(_ handle: Handle, _ settings: UDPSettings) {
    sockets.pointer(handle)?.pointee.settings = settings
    sockets.pointer(handle)?.pointee.path = nil
  }
}
