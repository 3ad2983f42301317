import StrataSockets
import StrataStack
import StrataTransport

/// `fcntl` and `ioctl`.
extension BSDSocket {
  /// `fcntl` for what is kept with the open socket: F_GETFL and F_SETFL. What belongs to a descriptor is
  /// its table's.
  public func fileControl(_ command: Int32, _ argument: Int) throws(ErrorNumber) -> Int32 {
    guard isOpen else { throw .badDescriptor }
    switch command {
    case FileFlags.getStatus:
      return Int32(FileFlags.readWrite | (isNonblocking ? FileFlags.nonblocking : 0))
    case FileFlags.setStatus:
      isNonblocking = argument & FileFlags.nonblocking != 0
      return 0
    default: throw .invalidArgument
    }
  }

  /// `ioctl`: gives the number that the argument is to have afterwards.
  public func control(_ request: UInt, _ argument: Int32) throws(ErrorNumber) -> Int32 {
    guard isOpen else { throw .badDescriptor }
    if request == ControlRequest.nonblocking {
      isNonblocking = argument != 0
      return argument
    }
    return isStream ? try streamControl(request) : try datagramControl(request)
  }

  private func streamControl(_ request: UInt) throws(ErrorNumber) -> Int32 {
    let status = try status()
    let isKnown =
      request == ControlRequest.readable || request == ControlRequest.unacknowledged
      || request == ControlRequest.unsent
    if request == ControlRequest.atMark { return 0 }
    guard isKnown else { throw .noSuchRequest }
    if case .listener = status.role { throw .invalidArgument }
    let isConnecting = status.role == .connection(.synSent) || status.role == .connection(.synReceived)
    switch request {
    case ControlRequest.readable: return isConnecting ? 0 : Int32(clamping: status.readable)
    case ControlRequest.unacknowledged: return isConnecting ? 0 : Int32(clamping: status.unacknowledged)
    default: return isConnecting ? 0 : Int32(clamping: status.unsent)
    }
  }

  private func datagramControl(_ request: UInt) throws(ErrorNumber) -> Int32 {
    switch request {
    case ControlRequest.readable:
      guard isNamed else { return 0 }
      let count = try call { (table, d) throws(SocketError) in
        try table.withDatagram(d, keeps: true) { $0.frame.count }
      }
      return Int32(clamping: count ?? 0)
    // A datagram is on its way as soon as it is taken.
    case ControlRequest.unacknowledged: return 0
    default: throw .noSuchRequest
    }
  }
}
