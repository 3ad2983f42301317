import StrataBase
import StrataSockets
import StrataStack
import StrataTransport

/// Options of level IPPROTO_TCP.
extension BSDSocket {
  func setTCPOption(_ name: Int32, _ value: RawSpan) throws(ErrorNumber) {
    if name == TCPOptionName.congestion { return try setCongestion(value) }
    let number = try OptionValue.int(value)
    switch name {
    case TCPOptionName.noDelay: try configure { $0.noDelay = number != 0 }
    case TCPOptionName.cork:
      options.corks = number != 0
      try configure { $0.corks = number != 0 }
    case TCPOptionName.maximumSegment:
      guard number == 0 || (88...32_767).contains(number) else { throw .invalidArgument }
      options.maximumSegment = number
      try configure { $0.maximumSegmentSize = number == 0 ? nil : Int(number) }
    case TCPOptionName.keepIdle:
      guard (1...32_767).contains(number) else { throw .invalidArgument }
      options.keepIdle = number
      try setKeepAlive()
    case TCPOptionName.keepInterval:
      guard (1...32_767).contains(number) else { throw .invalidArgument }
      options.keepInterval = number
      try setKeepAlive()
    case TCPOptionName.keepCount:
      guard (1...127).contains(number) else { throw .invalidArgument }
      options.keepCount = number
      try setKeepAlive()
    case TCPOptionName.synCount:
      guard (1...127).contains(number) else { throw .invalidArgument }
      try configure { $0.synRetries = UInt8(number) }
    case TCPOptionName.linger2:
      options.linger2 = number < 0 ? -1 : min(number, 120)
      let wait = options.linger2
      let standard = options.standard.finWait2
      try configure { $0.finWait2 = wait == 0 ? standard : .seconds(Int64(max(wait, 0))) }
    case TCPOptionName.quickAcknowledgment:
      options.quickAcknowledgment = number != 0 ? 1 : 0
      let standard = options.standard.delayedAcknowledgment
      try configure { $0.delayedAcknowledgment = number != 0 ? .zero : standard }
    case TCPOptionName.userTimeout:
      guard number >= 0 else { throw .invalidArgument }
      try configure { $0.userTimeout = number == 0 ? nil : .milliseconds(Int64(number)) }
    case TCPOptionName.notSentLowWater: options.notSentLowWater = number > 0 ? Int(number) : nil
    default: throw .noSuchOption
    }
  }

  func tcpOption(_ name: Int32) throws(ErrorNumber) -> [UInt8] {
    let settings = table.settings(descriptor)
    switch name {
    case TCPOptionName.noDelay: return OptionValue.flag(settings.noDelay)
    case TCPOptionName.cork: return OptionValue.flag(options.corks)
    case TCPOptionName.maximumSegment: return OptionValue.int(currentSegment)
    case TCPOptionName.keepIdle: return OptionValue.int(options.keepIdle)
    case TCPOptionName.keepInterval: return OptionValue.int(options.keepInterval)
    case TCPOptionName.keepCount: return OptionValue.int(options.keepCount)
    case TCPOptionName.synCount: return OptionValue.int(Int32(settings.synRetries))
    case TCPOptionName.linger2:
      let standard = Int32(clamping: options.standard.finWait2.nanoseconds / 1_000_000_000)
      return OptionValue.int(options.linger2 == 0 ? standard : options.linger2)
    case TCPOptionName.quickAcknowledgment: return OptionValue.int(options.quickAcknowledgment)
    case TCPOptionName.congestion: return settings.congestion.optionBytes
    case TCPOptionName.notSentLowWater: return OptionValue.int(Int32(clamping: options.notSentLowWater ?? 0))
    case TCPOptionName.userTimeout:
      let limit = settings.userTimeout?.nanoseconds ?? 0
      return OptionValue.int(Int32(clamping: limit / 1_000_000))
    case TCPOptionName.info: return TCPInfoBytes.bytes(of: self)
    default: throw .noSuchOption
    }
  }

  /// The payload of a full segment. Without a connection, what was asked for, or what all may send.
  private var currentSegment: Int32 {
    if let info = table.info(descriptor), info.state != .closed { return Int32(clamping: info.segmentSize) }
    return options.maximumSegment == 0 ? 536 : options.maximumSegment
  }

  private func setCongestion(_ value: RawSpan) throws(ErrorNumber) {
    guard value.byteCount >= 1 else { throw .invalidArgument }
    let name = String(decoding: value.array.prefix(15).prefix { $0 != 0 }, as: UTF8.self)
    guard let choice = CongestionChoice(linuxName: name) else { throw .noEntry }
    try configure { $0.congestion = choice }
  }
}
