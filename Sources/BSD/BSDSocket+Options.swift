import StrataBase
import StrataSockets
import StrataStack
import StrataTransport

/// `setsockopt` and `getsockopt`, and the options of every socket.
extension BSDSocket {
  /// Sets an option to a value as C has it.
  public func setOption(_ level: Int32, _ name: Int32, _ value: RawSpan) throws(ErrorNumber) {
    guard isOpen else { throw .badDescriptor }
    switch level {
    case OptionLevel.socket: try setSocketOption(name, value)
    case OptionLevel.tcp where isStream: try setTCPOption(name, value)
    case OptionLevel.ip: try setIPOption(name, value)
    case OptionLevel.ipv6 where isV6: try setIPv6Option(name, value)
    default: throw .noSuchOption
    }
  }

  /// The value of an option as C has it. The caller takes of it what he has room for.
  public func option(_ level: Int32, _ name: Int32) throws(ErrorNumber) -> [UInt8] {
    guard isOpen else { throw .badDescriptor }
    switch level {
    case OptionLevel.socket: return try socketOption(name)
    case OptionLevel.tcp where isStream: return try tcpOption(name)
    case OptionLevel.ip: return try ipOption(name)
    case OptionLevel.ipv6 where isV6: return try ipv6Option(name)
    case OptionLevel.udp where !isStream: throw .noSuchOption
    // A socket of IPv4 names what it does not know otherwise (do_ip_getsockopt, net/ipv4/ip_sockglue.c).
    default: throw isV6 ? .noSuchOption : .notSupported
    }
  }

  // MARK: SOL_SOCKET

  private func setSocketOption(_ name: Int32, _ value: RawSpan) throws(ErrorNumber) {
    let number = try OptionValue.int(value)
    switch name {
    case SocketOptionName.reuseAddress:
      options.reuseAddress = number != 0
      try set(.reuseAddress(options.reusesName))
    case SocketOptionName.reusePort:
      options.reusePort = number != 0
      try set(.reuseAddress(options.reusesName))
    case SocketOptionName.broadcast:
      options.broadcast = number != 0
      if !isStream { try set(.broadcast(number != 0)) }
    case SocketOptionName.keepAlive:
      options.keepAlive = number != 0
      try setKeepAlive()
    case SocketOptionName.outOfBandInline: options.outOfBandInline = number != 0
    case SocketOptionName.priority: options.priority = number
    case SocketOptionName.receiveLowWater:
      options.lowWater = number < 0 ? Int(Int32.max) : max(Int(number), 1)
    case SocketOptionName.linger: try setLinger(value)
    case SocketOptionName.sendBuffer, SocketOptionName.sendBufferForced:
      try setSendBuffer(number, isForced: name == SocketOptionName.sendBufferForced)
    case SocketOptionName.receiveBuffer, SocketOptionName.receiveBufferForced:
      try setReceiveBuffer(number, isForced: name == SocketOptionName.receiveBufferForced)
    case SocketOptionName.receiveTimeout, SocketOptionName.newReceiveTimeout:
      options.receiveTimeout = try OptionValue.timeout(value)
    case SocketOptionName.sendTimeout, SocketOptionName.newSendTimeout:
      options.sendTimeout = try OptionValue.timeout(value)
    default: throw .noSuchOption
    }
  }

  private func socketOption(_ name: Int32) throws(ErrorNumber) -> [UInt8] {
    switch name {
    case SocketOptionName.reuseAddress: return OptionValue.flag(options.reuseAddress)
    case SocketOptionName.reusePort: return OptionValue.flag(options.reusePort)
    case SocketOptionName.broadcast: return OptionValue.flag(options.broadcast)
    case SocketOptionName.keepAlive: return OptionValue.flag(options.keepAlive)
    case SocketOptionName.outOfBandInline: return OptionValue.flag(options.outOfBandInline)
    case SocketOptionName.priority: return OptionValue.int(options.priority)
    case SocketOptionName.receiveLowWater: return OptionValue.int(Int32(clamping: options.lowWater))
    case SocketOptionName.sendLowWater: return OptionValue.int(1)
    case SocketOptionName.sendBuffer: return OptionValue.int(options.sendBuffer)
    case SocketOptionName.receiveBuffer: return OptionValue.int(options.receiveBuffer)
    case SocketOptionName.type:
      return OptionValue.int(isStream ? SocketType.stream : SocketType.datagram)
    case SocketOptionName.domain: return OptionValue.int(domain)
    case SocketOptionName.protocolNumber: return OptionValue.int(protocolNumber)
    case SocketOptionName.error: return OptionValue.int(takeError()?.rawValue ?? 0)
    case SocketOptionName.acceptsConnections: return OptionValue.flag(isListening)
    case SocketOptionName.linger:
      let seconds = Int32(clamping: (options.linger ?? .zero).nanoseconds / 1_000_000_000)
      return OptionValue.flag(options.linger != nil) + OptionValue.int(seconds)
    case SocketOptionName.receiveTimeout, SocketOptionName.newReceiveTimeout:
      return OptionValue.timeout(options.receiveTimeout)
    case SocketOptionName.sendTimeout, SocketOptionName.newSendTimeout:
      return OptionValue.timeout(options.sendTimeout)
    default: throw .noSuchOption
    }
  }

  var isListening: Bool {
    guard isStream, case .listener? = table.status(descriptor)?.role else { return false }
    return true
  }

  func set(_ option: SocketOption) throws(ErrorNumber) {
    try call { (table, d) throws(SocketError) in try table.setOption(d, option) }
  }

  /// `struct linger`: whether, and how many seconds.
  private func setLinger(_ value: RawSpan) throws(ErrorNumber) {
    guard value.byteCount >= 8 else { throw .invalidArgument }
    let isOn = value.native32(at: 0) != 0, seconds = Int32(bitPattern: value.native32(at: 4))
    options.linger = isOn ? .seconds(Int64(max(seconds, 0))) : nil
  }

  // Linux keeps twice of what it is asked for, because its overhead counts too; we keep what was asked for
  // and say what it says.

  private func setSendBuffer(_ count: Int32, isForced: Bool) throws(ErrorNumber) {
    let most = isForced ? Int32.max / 2 : Self.mostBuffer
    options.sendBuffer = max((count < 0 || count > most ? most : count) * 2, Self.leastSendBuffer)
    if isStream {
      let bytes = Int(options.sendBuffer) / 2
      try configure { $0.sendBuffer = bytes }
    }
  }

  private func setReceiveBuffer(_ count: Int32, isForced: Bool) throws(ErrorNumber) {
    let most = isForced ? Int32.max / 2 : Self.mostBuffer
    options.receiveBuffer = max((count < 0 || count > most ? most : count) * 2, Self.leastReceiveBuffer)
    let bytes = Int(options.receiveBuffer)
    if isStream {
      try configure { $0.receiveBuffer = bytes / 2 }
    } else {
      try set(.receiveBuffer(bytes))
    }
  }

  /// Linux's wmem_max and rmem_max, 4 MiB since 6.18, and the least that it counts (SOCK_MIN_SNDBUF,
  /// SOCK_MIN_RCVBUF).
  private static var mostBuffer: Int32 { 4_194_304 }
  private static var leastSendBuffer: Int32 { 4_608 }
  private static var leastReceiveBuffer: Int32 { 2_304 }

  /// Changes what a stream's connection is made with, or goes by.
  func configure(_ change: (inout TCPSettings) -> Void) throws(ErrorNumber) {
    try call { (table, d) throws(SocketError) in
      var settings = table.settings(d)
      change(&settings)
      try table.apply(settings, to: d)
    }
  }

  func setKeepAlive() throws(ErrorNumber) {
    guard isStream else { return }
    let keepAlive = KeepAlive(
      idle: .seconds(Int64(options.keepIdle)), interval: .seconds(Int64(options.keepInterval)),
      count: UInt8(clamping: options.keepCount))
    let isOn = options.keepAlive
    try configure { $0.keepAlive = isOn ? keepAlive : nil }
  }
}
