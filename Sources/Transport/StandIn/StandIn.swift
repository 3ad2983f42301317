// Stands in for the connection machine.
import StrataBase
import StrataInternet
import StrataLink
import StrataWire

public struct Connection: ~Copyable {
  public struct Readiness: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let readable = Readiness(rawValue: 1)
    public static let writable = Readiness(rawValue: 2)
    public static let peerClosed = Readiness(rawValue: 4)
    public static let failed = Readiness(rawValue: 8)
  }
  public var name: ConnectionName
  public var owner: UInt64 = 0
  var sendNext = SequenceNumber(0)
  var receiveNext = SequenceNumber(0)
  var recentTimestamp: UInt32 = 0
  var usesTimestamps = false
  var wantsLargeFrame: Bool { false }
  public var readiness: Readiness { [] }
  public var failure: TCPFailure? { nil }
  public var unsentAndUnacknowledged: Int { 0 }
  public var hasOutput: Bool { false }
  public var nextDeadline: Instant { .never }
  public var state: TCPState { .closed }
  public var info: TCPInfo { fatalError() }
  init(
    active name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    initialSequence: SequenceNumber, timestampOffset: UInt32, at now: Instant, trace: Trace
  ) { self.name = name }
  init(
    passive name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    agreement: Agreement, at now: Instant, trace: Trace
  ) { self.name = name }
  mutating func receive(_ frame: consuming Frame, at now: Instant) -> Disposition { [] }
  mutating func emit(into frame: inout Frame, at now: Instant) -> Bool { false }
  mutating func expire(at now: Instant) -> Disposition { [] }
  public mutating func fill(_ body: (inout MutableRawSpan) -> Int) -> Int { 0 }
  public mutating func write(_ bytes: RawSpan) -> Int { 0 }
  public mutating func drain(_ body: (RawSpan) -> Int) -> Int { 0 }
  public mutating func read(into target: inout MutableRawSpan) -> Int { 0 }
  public mutating func closeWrite(at now: Instant) -> Disposition { [] }
  mutating func close(at now: Instant) -> Disposition { [] }
  mutating func abort(at now: Instant) -> Disposition { .closed }
  mutating func unreachable(_ error: ControlError, at now: Instant) -> Disposition { [] }
}
